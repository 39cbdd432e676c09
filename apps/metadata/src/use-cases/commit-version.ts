import { Inject, Injectable } from '@nestjs/common';
import type { Actor, metadataContract, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError, newId, type Clock } from '@packhouse/kernel';
import { INVALIDATIONS, outboxToken, type Invalidations, type Outbox } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import { CLOCK } from '../clock-token';
import { CommitRepository, type CommitContext } from '../persistence/commit.repository';
import { PackageRepository } from '../persistence/package.repository';
import {
  checkCommit,
  checkExpected,
  checkContext,
  isSameVersion,
  packageAfterCommit,
  packageOfFirst,
  tagsToMove,
  type CommitRequest,
} from './commit-rules';
import { changedKeys, packageCreated, versionPublished } from './package-events';
import { refuseRetiredName } from './retired-name-rules';
import { factsOf, nextRevision, type PackageState } from './package-state';

type CommitResponse = ResponseOf<typeof metadataContract, 'commitVersion'>;

/** How a publish ended: the answer, and what processes must forget because of it, after the commit. */
export interface Committed {
  readonly response: CommitResponse;
  readonly staleKeys: readonly string[];
}

/** A package under its lock, and what else decides about the commit. */
interface OpenedPackage {
  /** As it was; a new one as its first version makes it. */
  readonly before: PackageState;
  readonly isNew: boolean;
  readonly context: CommitContext;
}

interface InsertPlan {
  readonly before: PackageState;
  readonly isNew: boolean;
  readonly tags: readonly string[];
  readonly actor: Actor;
}

/** Makes a version visible: all of it in one transaction, or nothing. */
@Injectable()
export class CommitVersion {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    @Inject(INVALIDATIONS) private readonly invalidations: Invalidations,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly packages: PackageRepository,
    private readonly commits: CommitRepository,
  ) {}

  async execute(request: CommitRequest): Promise<CommitResponse> {
    checkCommit(request);
    const { response, staleKeys } = await this.database.transaction((manager) =>
      this.commit(manager, request, request.actor),
    );
    if (staleKeys.length > 0) await this.invalidations.announce(staleKeys);
    return response;
  }

  /** The publish itself, in the caller's transaction; `actor` causes it, the request's actor is its publisher. */
  async commit(manager: EntityManager, request: CommitRequest, actor: Actor): Promise<Committed> {
    const { before, isNew, context } = await this.open(manager, request);
    checkExpected(request.package, isNew ? null : before.id);
    if (context.existing && isSameVersion(request, context.existing)) {
      const response = {
        outcome: 'unchanged' as const,
        package: factsOf(before),
        versionId: context.existing.id,
      };
      return { response, staleKeys: [] };
    }
    const tags = tagsToMove(request, context.presentTags);
    checkContext(request, context, tags);
    return this.insert(manager, request, { before, isNew, tags, actor });
  }

  private async insert(
    manager: EntityManager,
    request: CommitRequest,
    { before, isNew, tags, actor }: InsertPlan,
  ): Promise<Committed> {
    // A new package was inserted as it is after this publish.
    const after = isNew ? before : packageAfterCommit(nextRevision(before, this.clock.now()), request, tags);
    const { version, files, fragments, properties, packageProperties } = request;
    this.commits.insertVersion(manager, isNew ? null : before, after, {
      ...version,
      publisherId: request.actor.accountId,
      properties,
      packageProperties,
      files,
      fragments,
      tags,
      format: request.format,
      dependencies: request.dependencies,
    });
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const events = [...(isNew ? [packageCreated(after)] : []), versionPublished(after, version, size)];
    await this.outbox.recordAll(manager, events, actor);
    return {
      response: {
        outcome: 'created',
        packageCreated: isNew,
        package: factsOf(after),
        versionId: version.id,
      },
      staleKeys: changedKeys(isNew ? null : before, after),
    };
  }

  private async open(manager: EntityManager, request: CommitRequest): Promise<OpenedPackage> {
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
