import { Injectable } from '@nestjs/common';
import type { Actor, metadataContract, RequestOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { EditRepository, type VersionRef } from '../persistence/edit.repository';
import { PurgeRepository, type ReservedVersion } from '../persistence/purge.repository';
import { RelationRepository } from '../persistence/relation.repository';
import { findDoomed } from './doomed';
import { EditPackage, type OpenEdit } from './edit-package';
import { versionFreed, versionPurged } from './package-events';
import { PurgeContent } from './purge-content';

/** Gives the number of a deleted version back; what could still be restored of it is lost. */
@Injectable()
export class FreeVersion {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly purges: PurgeRepository,
    private readonly relations: RelationRepository,
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
    await this.editPackage.execute({ packageId, actor }, async (edit) => {
      const { manager, before, next, now } = edit;
      const [version] = await this.edits.listByIds(manager, packageId, [id]);
      if (!version?.removed)
        throw new DomainError('not_found', `This version of "${before.name}" was restored meanwhile.`);
      const going = before.isContentAddressed ? await this.listGoing(edit, id) : [version];
      const ids = going.map((each) => each.id);
      await this.purges.purgeVersions(manager, ids, { now, keepsNumber: false });
      const events = going.map((each) => versionPurged(next, each));
      return { after: next, events: [...events, versionFreed(next, version)] };
    });
  }

  /** With it the parts that were deleted with it, but for those of other versions that are there or may come back. */
  private async listGoing({ manager, before }: OpenEdit, id: string): Promise<readonly VersionRef[]> {
    const near = await this.relations.listNear(manager, before.id, [id], 'deleted');
    return findDoomed(near, new Set([id]), false).versions;
  }
}
