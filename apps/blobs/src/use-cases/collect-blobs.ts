import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { MINUTE } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import type { EntityManager } from 'typeorm';
import { blobSettings } from '../blob-settings';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import type { CollectionFigures } from '../persistence/collections';
import { IS_USED } from '../persistence/recorded-blobs';

/** So many rows are locked at a time: a push that wants one of them waits for as many removals at most. */
const BATCH = 200;
/** Removals at a time. */
const HANDS = 16;

interface Candidate {
  readonly sha256: string;
  readonly size: number;
}

/** What one batch came to, and where the next begins. */
export interface CollectedBatch extends CollectionFigures {
  /** Last address that was looked at; null: there are no more. */
  readonly last: string | null;
}

/**
 * Removes content that has had no use for the length of the grace, a batch at a time. It walks by address and keeps no
 * state, so it goes on after a crash by starting again.
 */
@Injectable()
export class CollectBlobs {
  readonly graceMs: number;

  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.graceMs = settings.of(blobSettings).graceMinutes * MINUTE;
  }

  /**
   * Looks at the blobs after an address. Their rows stay locked until their bytes are gone: a publisher that uses the same
   * content waits here, records it anew and then stores its own bytes again. Killed before the commit, the rows remain
   * and the next sweep repeats the removal.
   */
  runBatch(after: string): Promise<CollectedBatch> {
    return this.database.transaction(async (manager) => {
      const candidates = await this.lockUnused(manager, after);
      const kept = await this.keepUsed(manager, candidates);
      const unused = candidates.filter(({ sha256 }) => !kept.has(sha256));
      const removed = await this.removeAll(unused);
      await manager.query('DELETE FROM blob WHERE sha256 = ANY($1::text[])', [
        removed.map(({ sha256 }) => sha256),
      ]);
      return {
        last: candidates.length === BATCH ? candidates.at(-1)!.sha256 : null,
        blobs: removed.length,
        bytes: removed.reduce((sum, { size }) => sum + size, 0),
        kept: kept.size,
        failed: unused.length - removed.length,
      };
    });
  }

  private lockUnused(manager: EntityManager, after: string): Promise<Candidate[]> {
    return manager.query(
      `SELECT sha256, size FROM blob
       WHERE sha256 > $1 AND unlinked_at IS NOT NULL AND unlinked_at <= now() - $2 * interval '1 millisecond'
       ORDER BY sha256 LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
      [after, this.graceMs],
    );
  }

  /** A statement of its own: only now, under the locks, does it see everything that was committed before. */
  private async keepUsed(manager: EntityManager, candidates: readonly Candidate[]): Promise<Set<string>> {
    const addresses = candidates.map(({ sha256 }) => sha256);
    const [used]: [Candidate[], number] = await manager.query(
      `UPDATE blob SET unlinked_at = NULL WHERE sha256 = ANY($1::text[]) AND ${IS_USED} RETURNING sha256`,
      [addresses],
    );
    return new Set(used.map(({ sha256 }) => sha256));
  }

  /** Those whose bytes are gone; one that cannot be removed never stops the others. */
  private async removeAll(unused: readonly Candidate[]): Promise<Candidate[]> {
    const waiting = [...unused];
    const removed: Candidate[] = [];
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const { sha256 } = next;
        try {
          await this.store.remove(sha256);
          removed.push(next);
        } catch (error) {
          this.logger.error({ sha256, cause: String(error) }, 'Unused content could not be removed');
        }
      }
    };
    await Promise.all(Array.from({ length: HANDS }, work));
    return removed;
  }
}
