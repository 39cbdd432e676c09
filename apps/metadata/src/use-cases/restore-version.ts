import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { DeletionRepository, type HeadTag } from '../persistence/deletion.repository';
import { EditRepository } from '../persistence/edit.repository';
import type { EditResult, OpenEdit } from './edit-package';
import { hoist, type PackageState } from './package-state';
import { RestoreRoom } from './restore-room';
import { RestoreWindow } from './restore-window';
import { ShowVersions } from './show-versions';
import { Speaker } from './speaker';

@Injectable()
export class RestoreVersion {
  constructor(
    private readonly room: RestoreRoom,
    private readonly edits: EditRepository,
    private readonly deletions: DeletionRepository,
    private readonly window: RestoreWindow,
    private readonly showVersions: ShowVersions,
    private readonly speaker: Speaker,
  ) {}

  async execute({
    packageId,
    versionId,
    actor,
  }: RequestOf<typeof metadataContract, 'restoreVersion'>): Promise<
    ResponseOf<typeof metadataContract, 'restoreVersion'>
  > {
    const { revision, updatedAt } = await this.room.edit({ packageId, actor }, versionId, (edit) =>
      this.restore(edit, versionId),
    );
    return { revision, updatedAt };
  }

  private async restore(edit: OpenEdit, versionId: string): Promise<EditResult> {
    const { manager, before, next } = edit;
    const deleted = await this.deletions.findDeleted(manager, before.id, versionId);
    if (!deleted || deleted.deletedAt <= this.window.end()) {
      throw new DomainError(
        'not_found',
        `"${before.name}" has no such deleted version: versions can be restored for ${this.window.days} days.`,
        { versionId },
      );
    }
    const { headTag } = before;
    const formerHead = headTag === null ? null : await this.deletions.findHead(manager, before.id, headTag);
    const shown = await this.showVersions.show(manager, next, versionId, { withTags: true });
    const counted = { ...next, versionCount: next.versionCount + shown.listed };
    const after =
      headTag === null || before.isContentAddressed
        ? await this.speaker.settle(manager, counted)
        : await this.settleHead(edit, counted, headTag, formerHead);
    return { after, events: shown.events(after) };
  }

  /** The head tag is on the restored version again, or on the highest, or where somebody put it meanwhile. */
  private async settleHead(
    { manager }: OpenEdit,
    restored: PackageState,
    headTag: string,
    former: HeadTag | null,
  ): Promise<PackageState> {
    const present = await this.deletions.findHead(manager, restored.id, headTag);
    if (present && !present.isFallback)
      return present.versionId === former?.versionId ? restored : hoist(restored, present.packageProperties);
    const highest = await this.edits.findHighest(manager, restored.id);
    if (!highest || highest.id === present?.versionId) return restored;
    await this.edits.setTag(manager, restored.id, headTag, { versionId: highest.id, isFallback: true });
    return hoist(restored, highest.packageProperties);
  }
}
