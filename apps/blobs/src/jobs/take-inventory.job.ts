import { Injectable } from '@nestjs/common';
import type { Job } from '@packhouse/jobs';
import { DAY } from '@packhouse/kernel';
import { Collections } from '../use-cases/collections';

/** Compares what is stored with the ledger once a day; not while an instance starts for the first time. */
@Injectable()
export class TakeInventoryJob implements Job {
  readonly name = 'blobs.take-inventory';
  readonly everyMs = DAY;
  readonly firstAfterMs = DAY;

  constructor(private readonly collections: Collections) {}

  async run(): Promise<void> {
    await this.collections.takeInventory();
  }
}
