import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { outboxToken, type Outbox } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import { CLOCK } from '../clock-token';
import { CommitRepository } from '../persistence/commit.repository';
import { createdIn, newVersionOf, type CommitRun, type Committed, type OpenedPackage } from './commit-plan';
import {
  checkContext,
  checkTagsStay,
  isSameVersion,
  packageAfterCommit,
  tagsToMove,
  type CommitRequest,
} from './commit-rules';
import { packageCreated, versionPublished } from './package-events';
import { factsOf, nextRevision, type PackageState } from './package-state';

interface InsertPlan {
  readonly before: PackageState;
  readonly isNew: boolean;
  readonly tags: readonly string[];
  readonly actor: Actor;
}

/** Publishes a version whose number is taken for good. Runs in the caller's transaction, under the lock of the package. */
@Injectable()
export class CommitNumbered {
  constructor(
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly commits: CommitRepository,
  ) {}

  async commit(
    manager: EntityManager,
    request: CommitRequest,
    { before, isNew, context }: OpenedPackage,
    { actor }: CommitRun,
  ): Promise<Committed> {
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
    if (before.immutableTags.length > 0) {
      const wanted = { tags, contained: [], otherNames: [] };
      const present = await this.commits.readAddressed(manager, before.id, wanted);
      checkTagsStay(before, present.tags, null);
    }
    return this.insert(manager, request, { before, isNew, tags, actor });
  }

  private async insert(
    manager: EntityManager,
    request: CommitRequest,
    { before, isNew, tags, actor }: InsertPlan,
  ): Promise<Committed> {
    // A new package was inserted as it is after this publish.
    const after = isNew ? before : packageAfterCommit(nextRevision(before, this.clock.now()), request, tags);
    const { version, files } = request;
    this.commits.insertVersion(manager, isNew ? null : before, after, newVersionOf(request, tags));
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const events = [...(isNew ? [packageCreated(after)] : []), versionPublished(after, version, size)];
    await this.outbox.recordAll(manager, events, actor);
    return createdIn(isNew ? null : before, after, version.id);
  }
}
