import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { DeletionRepository } from '../persistence/deletion.repository';
import { EditRepository, type VersionRef } from '../persistence/edit.repository';
import { DeletionRules } from './deletion-rules';
import { EditPackage, type EditResult, type OpenEdit } from './edit-package';
import { versionDeleted } from './package-events';
import { hoist, type PackageState } from './package-state';

type Request = RequestOf<typeof metadataContract, 'removeVersions'>;

@Injectable()
export class RemoveVersions {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly deletions: DeletionRepository,
    private readonly rules: DeletionRules,
  ) {}

  /** Versions that are deleted already count as done, so that a repeated request succeeds. */
  async execute(request: Request): Promise<ResponseOf<typeof metadataContract, 'removeVersions'>> {
    const { packageId, expectedRevision, versionIds, actor } = request;
    const target = { packageId, expectedRevision, actor };
    const { revision, updatedAt } = await this.editPackage.execute(target, async (edit) => {
      const versions = await this.findLive(edit, [...new Set(versionIds)]);
      if (versions.length === 0) return null;
      this.rules.checkRemaining(edit, versions.length);
      await this.rules.checkDownloads(
        edit,
        versions.map(({ id }) => id),
        request.force,
      );
      return this.hide(edit, versions, request);
    });
    return { revision, updatedAt };
  }

  private async hide(
    edit: OpenEdit,
    versions: readonly VersionRef[],
    { headTag: wanted, force }: Request,
  ): Promise<EditResult> {
    const { manager, next, now } = edit;
    const headTag = wanted ?? next.headTag;
    const ids = versions.map((version) => version.id);
    const lostTags = await this.deletions.hideVersions(manager, next.id, ids, {
      revision: next.revision,
      now,
    });
    const remaining = { ...next, versionCount: next.versionCount - versions.length };
    const isHeadless = headTag !== null && lostTags.includes(headTag);
    const reason = force?.reason ?? null;
    return {
      after: isHeadless ? await this.moveHead(edit, remaining, headTag) : remaining,
      events: versions.map((version) => versionDeleted(next, version, reason)),
    };
  }

  private async moveHead(
    { manager }: OpenEdit,
    remaining: PackageState,
    headTag: string,
  ): Promise<PackageState> {
    const head = await this.edits.findHighest(manager, remaining.id);
    if (!head) return remaining;
    await this.edits.setTag(manager, remaining.id, headTag, { versionId: head.id, isFallback: true });
    return hoist({ ...remaining, headTag }, head.packageProperties);
  }

  private async findLive({ manager, before }: OpenEdit, ids: readonly string[]): Promise<VersionRef[]> {
    const found = await this.edits.listByIds(manager, before.id, ids);
    if (found.length < ids.length) {
      const known = new Set(found.map((version) => version.id));
      const versionId = ids.find((id) => !known.has(id));
      throw new DomainError('not_found', `"${before.name}" has no such version to delete.`, { versionId });
    }
    return found.filter((version) => !version.removed);
  }
}
