import { Injectable } from '@nestjs/common';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { BILLING_SCHEMA } from '../persistence/billing.schema';
import { endContents, listReserving, lockLimit, readSnapshot } from '../persistence/reservations';
import { StorageMeter } from './storage-meter';

/** Ends reservations of contents that versions have by now: from there on only these count for them. */
@Injectable()
export class SettleContents {
  constructor(
    @InjectDatabase(BILLING_SCHEMA) private readonly database: ServiceDatabase,
    private readonly meter: StorageMeter,
  ) {}

  /** Of owners that published something; of most nothing is reserved. */
  async run(ownerIds: readonly string[]): Promise<void> {
    for (const ownerId of await listReserving(this.database, ownerIds)) await this.settle(ownerId);
  }

  private async settle(ownerId: string): Promise<void> {
    const snapshot = await readSnapshot(this.database, ownerId);
    if (!snapshot) return;
    const reserved = [...snapshot.contents.keys()];
    const { absent } = await this.meter.measure(ownerId, reserved);
    const used = reserved.filter((sha256) => !absent.has(sha256));
    await this.database.transaction(async (manager) => {
      // In turn with those who reserve; and what is reserved again since then, somebody still needs.
      if ((await lockLimit(manager, ownerId)) !== null)
        await endContents(manager, ownerId, used, snapshot.at);
    });
  }
}
