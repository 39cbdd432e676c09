import { Inject, Injectable } from '@nestjs/common';
import {
  billingEvents,
  factKey,
  type billingContract,
  type RequestOf,
  type ResponseOf,
} from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { INVALIDATIONS, outboxToken, type Invalidations, type Outbox } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import { BILLING_SCHEMA } from '../persistence/billing.schema';
import { lockLimit, readSnapshot, sumUploads } from '../persistence/reservations';
import { StorageMeter } from './storage-meter';

type Contract = typeof billingContract;

/** How much owners may store, and how much they do. */
@Injectable()
export class StorageLimits {
  constructor(
    @InjectDatabase(BILLING_SCHEMA) private readonly database: ServiceDatabase,
    @Inject(outboxToken(BILLING_SCHEMA)) private readonly outbox: Outbox,
    @Inject(INVALIDATIONS) private readonly invalidations: Invalidations,
    private readonly meter: StorageMeter,
  ) {}

  async set({ ownerId, bytes, actor }: RequestOf<Contract, 'setStorageLimit'>): Promise<void> {
    const isChanged = await this.database.transaction(async (manager) => {
      const oldBytes = await lockLimit(manager, ownerId);
      if (oldBytes === bytes) return false;
      await writeLimit(manager, ownerId, bytes);
      await this.outbox.record(manager, billingEvents.storageLimitSet, { ownerId, bytes, oldBytes }, actor);
      return true;
    });
    if (isChanged) await this.invalidations.announce([factKey.storageLimit(ownerId)]);
  }

  async find(ownerId: string): Promise<ResponseOf<Contract, 'findStorageLimit'>> {
    const [row] = await this.database.query<{ bytes: number }>(
      'SELECT bytes FROM storage_limit WHERE owner_id = $1',
      [ownerId],
      'find-storage-limit',
    );
    return { bytes: row?.bytes ?? null };
  }

  async getStorage(ownerId: string): Promise<ResponseOf<Contract, 'getStorage'>> {
    const snapshot = await readSnapshot(this.database, ownerId);
    const contents = snapshot?.contents ?? new Map<string, number>();
    const uploads = snapshot ? await sumUploads(this.database, ownerId) : 0;
    const { bytes, absent } = await this.meter.measure(ownerId, [...contents.keys()]);
    const reserved = [...absent].reduce((sum, sha256) => sum + (contents.get(sha256) ?? 0), uploads);
    return { limit: snapshot?.limit ?? null, used: bytes, reserved };
  }

  /** When the owner is gone. */
  async drop(ownerId: string): Promise<void> {
    await this.database.transaction((manager) => writeLimit(manager, ownerId, null));
  }
}

/** Reservations go with the limit. */
async function writeLimit(manager: EntityManager, ownerId: string, bytes: number | null): Promise<void> {
  if (bytes === null) await manager.query('DELETE FROM storage_limit WHERE owner_id = $1', [ownerId]);
  else
    await manager.query(
      `INSERT INTO storage_limit (owner_id, bytes) VALUES ($1, $2)
       ON CONFLICT (owner_id) DO UPDATE SET bytes = excluded.bytes`,
      [ownerId, bytes],
    );
}
