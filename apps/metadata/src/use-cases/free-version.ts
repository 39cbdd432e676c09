import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { EditRepository } from '../persistence/edit.repository';
import { PurgeRepository } from '../persistence/purge.repository';
import { EditPackage } from './edit-package';
import { versionPurged } from './package-events';

/** Gives the number of a deleted version back; what could still be restored of it is lost. */
@Injectable()
export class FreeVersion {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly purges: PurgeRepository,
  ) {}

  async execute({
    packageId,
    versionId,
    actor,
  }: RequestOf<typeof metadataContract, 'freeVersion'>): Promise<
    ResponseOf<typeof metadataContract, 'freeVersion'>
  > {
    const { revision, updatedAt } = await this.editPackage.execute(
      { packageId, actor },
      async ({ manager, before, next, now }) => {
        const [version] = await this.edits.listByIds(manager, packageId, [versionId]);
        if (!version?.removed) {
          throw new DomainError('not_found', `"${before.name}" has no such deleted version.`, { versionId });
        }
        await this.purges.purgeVersions(manager, [versionId], { now, keepsNumber: false });
        return { after: next, events: [versionPurged(next, version)] };
      },
    );
    return { revision, updatedAt };
  }
}
