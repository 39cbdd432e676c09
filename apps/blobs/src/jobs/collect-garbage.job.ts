import { Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import type { Job } from '@packhouse/jobs';
import { MINUTE } from '@packhouse/kernel';
import { blobSettings } from '../blob-settings';
import { Collections } from '../use-cases/collections';

/** Removes content that has had no use for the length of the grace, on schedule. */
@Injectable()
export class CollectGarbageJob implements Job {
  readonly name = 'blobs.collect-garbage';
  readonly everyMs: number;

  constructor(
    private readonly collections: Collections,
    settings: Settings,
  ) {
    this.everyMs = settings.of(blobSettings).collectMinutes * MINUTE;
  }

  async run(): Promise<void> {
    await this.collections.collect();
  }
}
