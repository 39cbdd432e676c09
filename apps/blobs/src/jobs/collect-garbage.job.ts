import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { formatBytes, MINUTE } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { blobSettings } from '../blob-settings';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { IS_USED } from '../persistence/recorded-blobs';

const BATCH = 200;

/**
 * Removes content that has had no use for the length of the grace. It walks by address and keeps no state, so it
 * goes on after a crash by starting again.
 */
@Injectable()
export class CollectGarbageJob implements Job {
  readonly name = 'blobs.collect-garbage';
  readonly everyMs: number;
  private readonly graceMs: number;

  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const { graceMinutes, collectMinutes } = settings.of(blobSettings);
    this.graceMs = graceMinutes * MINUTE;
    this.everyMs = collectMinutes * MINUTE;
  }

  async run(): Promise<void> {
    const totals = { blobs: 0, bytes: 0, failed: 0 };
    let after: string | undefined = '';
    while (after !== undefined) {
      const addresses = await this.listUnlinked(after);
      for (const sha256 of addresses) {
        try {
          const size = await this.collect(sha256);
          if (size === null) continue;
          totals.blobs += 1;
          totals.bytes += size;
        } catch (error) {
          totals.failed += 1;
          this.logger.error({ sha256, cause: String(error) }, 'Unused content could not be removed');
        }
      }
      after = addresses.length === BATCH ? addresses.at(-1) : undefined;
    }
    if (totals.blobs + totals.failed > 0)
      this.logger.info(totals, `Collected unused content: ${formatBytes(totals.bytes)} freed`);
  }

  /**
   * Removes one blob, or gives null when it is in use after all. The row stays locked until the bytes are gone: a
   * publisher that links the same content waits here, records it anew and then stores its own bytes again.
   * Killed before the commit, the row remains and the next sweep repeats the removal.
   */
  private collect(sha256: string): Promise<number | null> {
    return this.database.transaction(async (manager) => {
      const [blob]: { size: number }[] = await manager.query(
        `SELECT size FROM blob WHERE sha256 = $1 AND unlinked_at <= now() - $2 * interval '1 millisecond'
         FOR UPDATE SKIP LOCKED`,
        [sha256, this.graceMs],
      );
      if (!blob) return null;
      // A statement of its own: only now, under the lock, does it see everything that was committed before.
      const used: unknown[] = await manager.query(`SELECT FROM blob WHERE sha256 = $1 AND ${IS_USED}`, [
        sha256,
      ]);
      if (used.length > 0) {
        await manager.query('UPDATE blob SET unlinked_at = NULL WHERE sha256 = $1', [sha256]);
        return null;
      }
      await this.store.remove(sha256);
      await manager.query('DELETE FROM blob WHERE sha256 = $1', [sha256]);
      return blob.size;
    });
  }

  private async listUnlinked(after: string): Promise<string[]> {
    const rows = await this.database.query<{ sha256: string }>(
      `SELECT sha256 FROM blob
       WHERE sha256 > $1 AND unlinked_at IS NOT NULL AND unlinked_at <= now() - $2 * interval '1 millisecond'
       ORDER BY sha256 LIMIT ${BATCH}`,
      [after, this.graceMs],
    );
    return rows.map((row) => row.sha256);
  }
}
