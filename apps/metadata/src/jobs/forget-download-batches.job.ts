import { Injectable } from '@nestjs/common';
import type { Job } from '@packhouse/jobs';
import { DAY } from '@packhouse/kernel';
import { DownloadRepository } from '../persistence/download.repository';

/** Senders repeat a batch for minutes, not for weeks. */
const KEPT_DAYS = 14;
/** A little more than what is told of. */
const DOWNLOADERS_KEPT_DAYS = 100;

/** Keeps the list of counted batches, and of who downloaded what, from growing without end. */
@Injectable()
export class ForgetDownloadBatches implements Job {
  readonly name = 'metadata.forget-download-batches';
  readonly everyMs = DAY;

  constructor(private readonly downloads: DownloadRepository) {}

  async run(): Promise<void> {
    await this.downloads.forgetBatches(KEPT_DAYS);
    await this.downloads.forgetDownloaders(DOWNLOADERS_KEPT_DAYS);
  }
}
