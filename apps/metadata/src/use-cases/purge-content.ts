import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError, type Clock } from '@packhouse/kernel';
import { outboxToken, type Outbox } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import { CLOCK } from '../clock-token';
import { PackageRepository } from '../persistence/package.repository';
import { PurgeRepository, type ReservedVersion } from '../persistence/purge.repository';
import { packagePurged, versionFreed, versionPurged } from './package-events';
import type { PackageState } from './package-state';

/** Versions of one transaction: killed in between, the next run goes on. */
const BATCH = 200;

/** Lets go of content that cannot be restored any more; the events are what the ledger drops its links on. */
@Injectable()
export class PurgeContent {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly packages: PackageRepository,
    private readonly purges: PurgeRepository,
  ) {}

  /** Purges what was deleted of a package until then, the whole package if it was. */
  async execute(packageId: string, deletedUntil: Date): Promise<void> {
    let isMore = true;
    while (isMore) {
      isMore = await this.database.transaction((manager) =>
        this.purgeBatch(manager, packageId, deletedUntil),
      );
    }
  }

  /** Lets go of the number of a version of a package of which nothing is left but numbers. */
  async freeNumber({ packageId, id, version }: ReservedVersion, actor: Actor): Promise<void> {
    await this.database.transaction(async (manager) => {
      const state = await this.packages.lock(manager, packageId);
      if (!state?.purgedAt) throw new DomainError('not_found', 'This version was freed meanwhile.');
      await this.purges.purgeVersions(manager, [id], { now: this.clock.now(), keepsNumber: false });
      await this.purges.dropIfEmpty(manager, packageId);
      await this.outbox.recordAll(manager, [versionFreed(state, { id, version })], actor);
    });
  }

  /** Whether there may be more. What to purge is read under the lock: a restore before it wins, one after it finds nothing. */
  private async purgeBatch(manager: EntityManager, packageId: string, deletedUntil: Date): Promise<boolean> {
    const state = await this.packages.lock(manager, packageId);
    if (!state || state.purgedAt) return false;
    const isWhole = state.removedAt !== null && state.removedAt <= deletedUntil;
    const versions = await this.purges.listVersions(manager, packageId, isWhole ? null : deletedUntil, BATCH);
    const now = this.clock.now();
    const ids = versions.map(({ id }) => id);
    if (ids.length > 0)
      await this.purges.purgeVersions(manager, ids, { now, keepsNumber: keepsNumbers(state) });
    const events = versions.map((version) => versionPurged(state, version));
    const isEnd = versions.length < BATCH;
    if (isEnd && isWhole) {
      await this.purges.purgePackage(manager, packageId, now);
      events.push(packagePurged(state));
    }
    // Nobody does this: it is time that passes.
    await this.outbox.recordAll(manager, events, null);
    return !isEnd;
  }
}

/** Others may have the number of a public version in their lock files for ever; a digest never stands for anything else. */
function keepsNumbers(state: PackageState): boolean {
  return state.visibility === 'public' && !state.isContentAddressed;
}
