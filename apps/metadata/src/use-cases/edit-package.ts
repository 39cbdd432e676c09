import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError, type Clock } from '@packhouse/kernel';
import { INVALIDATIONS, outboxToken, type Invalidations, type Outbox } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import { CLOCK } from '../clock-token';
import { PackageRepository } from '../persistence/package.repository';
import { changedKeys, type EventDraft } from './package-events';
import { nextRevision, type PackageState } from './package-state';

export interface EditTarget {
  readonly packageId: string;
  readonly expectedRevision?: number | null;
  readonly actor: Actor;
  /** To change a deleted package instead of a live one: it must have been deleted after this time and not be purged. */
  readonly deletedAfter?: Date;
}

/** What a change works with: the lock is held, the package is there and at the expected revision. */
export interface OpenEdit {
  readonly manager: EntityManager;
  readonly before: PackageState;
  /** The package at its next revision; the change returns it, altered or not. */
  readonly next: PackageState;
  readonly now: Date;
}

export interface EditResult {
  readonly after: PackageState;
  readonly events: readonly EventDraft[];
}

/**
 * The one way to change a package that exists: one transaction under the lock of its row, one revision more, its
 * events in the same transaction, and word to every process before the caller gets its answer.
 */
@Injectable()
export class EditPackage {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    @Inject(INVALIDATIONS) private readonly invalidations: Invalidations,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly packages: PackageRepository,
  ) {}

  /** Runs `change`; when it returns null there was nothing to do, and the package keeps its revision. */
  async execute(
    target: EditTarget,
    change: (edit: OpenEdit) => Promise<EditResult | null>,
  ): Promise<{ revision: number; updatedAt: string; package: PackageState }> {
    const { before, after } = await this.database.transaction(async (manager) => {
      const before = await this.open(manager, target);
      const now = this.clock.now();
      const result = await change({ manager, before, next: nextRevision(before, now), now });
      if (!result) return { before, after: before };
      await this.packages.save(manager, before, result.after);
      await this.outbox.recordAll(manager, result.events, target.actor);
      return { before, after: result.after };
    });
    if (after !== before) await this.invalidations.announce(changedKeys(before, after));
    return { revision: after.revision, updatedAt: after.updatedAt.toISOString(), package: after };
  }

  private async open(
    manager: EntityManager,
    { packageId, expectedRevision, deletedAfter }: EditTarget,
  ): Promise<PackageState> {
    const state = await this.packages.lock(manager, packageId);
    const isThere = deletedAfter
      ? state?.removedAt && state.removedAt > deletedAfter && !state.purgedAt
      : state && !state.removedAt;
    if (!state || !isThere) throw new DomainError('not_found', 'There is no such package.', { packageId });
    if (expectedRevision != null && expectedRevision !== state.revision) {
      throw new DomainError(
        'revision_conflict',
        `"${state.name}" changed meanwhile: it is at revision ${state.revision}, not ${expectedRevision}. Read it again and repeat.`,
        { expected: expectedRevision, actual: state.revision },
      );
    }
    return state;
  }
}
