import { Injectable } from '@nestjs/common';
import type { Actor, metadataContract, RequestOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { EditRepository } from '../persistence/edit.repository';
import { PurgeRepository, type ReservedVersion } from '../persistence/purge.repository';
import { EditPackage } from './edit-package';
import { versionFreed, versionPurged } from './package-events';
import { PurgeContent } from './purge-content';

/** Gives the number of a deleted version back; what could still be restored of it is lost. */
@Injectable()
export class FreeVersion {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly purges: PurgeRepository,
    private readonly purgeContent: PurgeContent,
  ) {}

  /** Of the package that bears the name and of those that bore it: they reserve numbers together. */
  async execute({
    actor,
    ...wanted
  }: RequestOf<typeof metadataContract, 'freeVersion'>): Promise<Record<string, never>> {
    const found = await this.purges.findReserved(wanted);
    if (found.length === 0)
      throw new DomainError(
        'not_found',
        `No deleted version reserves the number ${wanted.version} of "${wanted.name}".`,
      );
    if (found.some(({ isRestorable }) => isRestorable))
      throw new DomainError(
        'invalid_request',
        `"${wanted.name}" is deleted and can still be restored with its version ${wanted.version}: restore it, or wait until it is purged.`,
      );
    for (const version of found)
      await (version.isPackageLive
        ? this.freeOfLive(version, actor)
        : this.purgeContent.freeNumber(version, actor));
    return {};
  }

  private async freeOfLive({ packageId, id }: ReservedVersion, actor: Actor): Promise<void> {
    await this.editPackage.execute({ packageId, actor }, async ({ manager, before, next, now }) => {
      const [version] = await this.edits.listByIds(manager, packageId, [id]);
      if (!version?.removed)
        throw new DomainError('not_found', `This version of "${before.name}" was restored meanwhile.`);
      await this.purges.purgeVersions(manager, [id], { now, keepsNumber: false });
      return { after: next, events: [versionPurged(next, version), versionFreed(next, version)] };
    });
  }
}
