import { Inject, Injectable } from '@nestjs/common';
import { DomainError, newId, type Clock } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { CLOCK } from '../clock-token';
import { CommitRepository, type CommitContext } from '../persistence/commit.repository';
import { PackageRepository } from '../persistence/package.repository';
import type { OpenedPackage } from './commit-plan';
import { packageOfFirst, type CommitRequest } from './commit-rules';
import type { PackageState } from './package-state';
import { refuseRetiredName } from './retired-name-rules';

/** Locks the package that a publish goes to, and makes it when there is none. */
@Injectable()
export class OpenCommit {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly packages: PackageRepository,
    private readonly commits: CommitRepository,
  ) {}

  async open(manager: EntityManager, request: CommitRequest): Promise<OpenedPackage> {
    const locking = this.lock(manager, request);
    // Told that the name is free, it is taken in the same round trip: behind the other two, so they do not see it.
    const taking = request.package.expectedId === null ? this.take(manager, request) : null;
    const [{ before, context }, taken] = await Promise.all([locking, taking]);
    if (before) return { before, isNew: false, context };
    const made = taken ?? (await this.take(manager, request));
    // What is reserved of deleted packages of that name counts for a new one too.
    if (made) return { before: made, isNew: true, context };
    // Another publish made it at the same moment, and has committed by now; or nobody may make it.
    const other = await this.lock(manager, request);
    if (!other.before) throw await this.whyNotMade(manager, request);
    return { before: other.before, isNew: false, context: other.context };
  }

  private async whyNotMade(
    manager: EntityManager,
    { format, package: target }: CommitRequest,
  ): Promise<Error> {
    await refuseRetiredName(manager, { ...target, format });
    return new DomainError('unavailable', `"${target.name}" is being changed by others: try again.`);
  }

  /** Makes the package, with its first version in mind; null when the name is taken. */
  private async take(manager: EntityManager, request: CommitRequest): Promise<PackageState | null> {
    const made = packageOfFirst(request, newId(), this.clock.now());
    const number = await this.packages.insert(manager, made, request.package);
    return number === null ? null : { ...made, number };
  }

  private async lock(
    manager: EntityManager,
    { format, ownerId, package: target, version, files, tags, headTag }: CommitRequest,
  ): Promise<{ before: PackageState | null; context: CommitContext }> {
    const name = { format, ownerId, nameKey: target.nameKey };
    const [before, context] = await Promise.all([
      this.packages.lockByName(manager, name),
      this.commits.readContext(manager, name, {
        identity: version.identity,
        fileNames: files.map((file) => file.name),
        tags: headTag === null ? tags : [...tags, headTag],
      }),
    ]);
    return { before, context };
  }
}
