import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { EditRepository, type VersionRef } from '../persistence/edit.repository';
import { EditPackage, type OpenEdit } from './edit-package';
import { RemoveContent } from './remove-content';

@Injectable()
export class RemoveVersions {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly removeContent: RemoveContent,
  ) {}

  /** Versions that are removed already count as done, so that a repeated request succeeds. */
  async execute(
    request: RequestOf<typeof metadataContract, 'removeVersions'>,
  ): Promise<ResponseOf<typeof metadataContract, 'removeVersions'>> {
    const { packageId, expectedRevision, versionIds, actor } = request;
    const target = { packageId, expectedRevision, actor };
    const result = await this.editPackage.execute(target, async (edit) => {
      const versions = await this.findLive(edit, [...new Set(versionIds)]);
      if (versions.length === 0) return null;
      return this.removeContent.execute(edit, versions, request.headTag ?? edit.before.headTag);
    });
    const { revision, updatedAt } = result;
    return { revision, updatedAt, packageRemoved: result.package.removedAt !== null };
  }

  private async findLive({ manager, before }: OpenEdit, ids: readonly string[]): Promise<VersionRef[]> {
    const found = await this.edits.listByIds(manager, before.id, ids);
    if (found.length < ids.length) {
      const known = new Set(found.map((version) => version.id));
      const versionId = ids.find((id) => !known.has(id));
      throw new DomainError('not_found', `"${before.name}" has no such version to remove.`, { versionId });
    }
    return found.filter((version) => !version.removed);
  }
}
