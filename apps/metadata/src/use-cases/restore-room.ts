import { Injectable } from '@nestjs/common';
import { billingContract, type BillingClient } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { RelationRepository } from '../persistence/relation.repository';
import { StorageRepository } from '../persistence/storage.repository';
import { EditPackage, type EditResult, type EditTarget, type OpenEdit } from './edit-package';

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
    if (ownerId === null || (await this.billing.findStorageLimit({ ownerId })).bytes === null)
      return restore();
    const bytes = await this.measure(ownerId, packageId, versionId);
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

  private measure(ownerId: string, packageId: string, versionId: string | null): Promise<number> {
    return this.database.transaction(async (manager) => {
      const versionIds =
        versionId === null ? null : await this.relations.listWentAlong(manager, packageId, versionId);
      return this.storage.measureReturning(manager, { ownerId, packageId }, versionIds);
    });
  }
}
