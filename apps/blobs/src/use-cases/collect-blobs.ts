import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { MINUTE } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import type { EntityManager } from 'typeorm';
import { blobSettings } from '../blob-settings';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { NOTHING, type CollectionFigures } from '../persistence/collections';
import { IS_USED } from '../persistence/recorded-blobs';
import { removeEach } from './remove-each';

/** So many rows are locked at a time: a push that wants one of them waits for as many removals at most. */
const BATCH = 200;

interface Candidate {
  readonly sha256: string;
  readonly size: number;
}

/** What one batch came to, and where the next begins. */
interface CollectedBatch {
  readonly figures: CollectionFigures;
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

  /** What each batch came to. */
  async *run(): AsyncGenerator<CollectionFigures> {
    for (let after: string | null = ''; after !== null;) {
      const { figures, last }: CollectedBatch = await this.runBatch(after);
      yield figures;
      after = last;
    }
  }

  /**
   * Looks at the blobs after an address. Their rows stay locked until their bytes are gone: a publisher that uses the same
   * content waits here, records it anew and then stores its own bytes again. Killed before the commit, the rows remain
   * and the next sweep repeats the removal.
   */
  private runBatch(after: string): Promise<CollectedBatch> {
    return this.database.transaction(async (manager) => {
      const candidates = await this.lockUnused(manager, after);
      const used = await this.keepUsed(manager, candidates);
      const unused = candidates.filter(({ sha256 }) => !used.has(sha256));
      const { removed, failed } = await removeEach(unused, (blob) => this.remove(blob), this.logger);
      await manager.query('DELETE FROM blob WHERE sha256 = ANY($1::text[])', [
        removed.map(({ sha256 }) => sha256),
      ]);
      const bytes = removed.reduce((sum, { size }) => sum + size, 0);
      return {
        figures: { ...NOTHING, blobs: removed.length, bytes, kept: used.size, failed },
        last: candidates.length === BATCH ? candidates.at(-1)!.sha256 : null,
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

  private async remove({ sha256 }: Candidate): Promise<true> {
    await this.store.remove(sha256);
    return true;
  }
}
