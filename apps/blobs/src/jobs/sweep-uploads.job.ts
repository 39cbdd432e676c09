import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { DAY, MINUTE } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { takeExpiredUploads } from '../persistence/uploads';

const BATCH = 100;

/**
 * Drops uploads that nobody finished: sessions that expired, with their bytes, and what uploads left behind that have no session.
 * Those of processes on this host that are gone were dropped at the start already.
 */
@Injectable()
export class SweepUploadsJob implements Job {
  readonly name = 'blobs.sweep-uploads';
  readonly everyMs = 15 * MINUTE;

  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    const sessions = await this.dropSessions();
    const others = await this.store.sweepUploads(DAY);
    if (sessions + others > 0) this.logger.info({ sessions, others }, 'Dropped uploads that nobody finished');
  }

  /** The row goes first: bytes that are left by a crash after it are found by their age. */
  private async dropSessions(): Promise<number> {
    let total = 0;
    for (;;) {
      const expired = await takeExpiredUploads(this.database, BATCH);
      for (const { id, state } of expired) {
        if (state === null) continue;
        await this.store.dropUpload(state).catch((error: unknown) => {
          this.logger.error({ upload: id, cause: String(error) }, 'An expired upload is left for the sweep');
        });
      }
      total += expired.length;
      if (expired.length < BATCH) return total;
    }
  }
}
