import { Injectable } from '@nestjs/common';
import { billingContract, type BillingClient } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError, newId } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { RelationRepository } from '../persistence/relation.repository';
import { StorageRepository, type Returning } from '../persistence/storage.repository';
import { EditPackage, type EditResult, type EditTarget, type OpenEdit } from './edit-package';

/** Once without room, once with it; more only while others delete and purge the version in between. */
const MOST_TRIES = 4;

/** Ends the transaction of a publish by which something comes back: the room for it is asked for outside. */
export class RoomNeeded extends Error {
  constructor(readonly returning: Returning) {
    super('There has to be room for what comes back.');
  }
}

/** Room for what is restored, where its owner may store only so much. */
@Injectable()
export class RestoreRoom {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @InjectClient(billingContract) private readonly billing: BillingClient,
    private readonly editPackage: EditPackage,
    private readonly storage: StorageRepository,
    private readonly relations: RelationRepository,
  ) {}

  /**
   * A change that brings back a version, with what went along, or (null) a whole package: room for it is reserved first. Rejects
   * `quota_exceeded` before anything is done.
   */
  async edit(
    target: EditTarget,
    versionId: string | null,
    change: (edit: OpenEdit) => Promise<EditResult>,
  ): ReturnType<EditPackage['execute']> {
    const restore = () => this.editPackage.execute(target, change);
    const { packageId } = target;
    const ownerId = await this.storage.findOwner(packageId);
    return ownerId === null ? restore() : this.hold({ ownerId, packageId, versionId, reserved: [] }, restore);
  }

  /**
   * A publish in a transaction of its own, which finds only under its lock whether a version comes back. It then ends by a
   * `RoomNeeded`, and runs once more with room for that version (`roomFor`). Rejects `quota_exceeded` with nothing changed.
   */
  async publish<T>(run: (roomFor: string | null) => Promise<T>): Promise<T> {
    let returning: Returning | null = null;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      try {
        return await this.publishOnce(run, returning);
      } catch (error) {
        if (!(error instanceof RoomNeeded)) throw error;
        returning = error.returning;
      }
    }
    throw new DomainError('unavailable', 'The version is being deleted and published by others: try again.');
  }

  private publishOnce<T>(
    run: (roomFor: string | null) => Promise<T>,
    returning: Returning | null,
  ): Promise<T> {
    return returning === null ? run(null) : this.hold(returning, () => run(returning.versionId));
  }

  private async hold<T>(returning: Returning, restore: () => Promise<T>): Promise<T> {
    const { ownerId } = returning;
    if ((await this.billing.findStorageLimit({ ownerId })).bytes === null) return restore();
    const bytes = await this.measure(returning);
    if (bytes === 0) return restore();
    const key = `restore:${newId()}`;
    await this.billing.reserveStorage({ ownerId, key, bytes });
    try {
      return await restore();
    } finally {
      // What came back counts by itself now. A reservation that stays ends by itself.
      await this.billing.releaseStorage({ ownerId, key }).catch(() => undefined);
    }
  }

  private measure(returning: Returning): Promise<number> {
    const { packageId, versionId } = returning;
    return this.database.transaction(async (manager) => {
      const versionIds =
        versionId === null ? null : await this.relations.listWentAlong(manager, packageId, versionId);
      return this.storage.measureReturning(manager, returning, versionIds);
    });
  }
}
