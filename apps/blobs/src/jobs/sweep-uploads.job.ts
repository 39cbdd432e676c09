import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import type { Job } from '@packhouse/jobs';
import { DAY, HOUR } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';

/** Drops uploads that nobody finished. Those of processes on this host that are gone were dropped at the start already. */
@Injectable()
export class SweepUploadsJob implements Job {
  readonly name = 'blobs.sweep-uploads';
  readonly everyMs = HOUR;

  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    const dropped = await this.store.sweepUploads(DAY);
    if (dropped > 0) this.logger.info({ dropped }, 'Dropped uploads that nobody finished');
  }
}
