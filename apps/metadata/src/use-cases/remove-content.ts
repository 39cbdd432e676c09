import { Injectable } from '@nestjs/common';
import { EditRepository, type VersionRef } from '../persistence/edit.repository';
import type { EditResult, OpenEdit } from './edit-package';
import { packageRemoved, versionRemoved } from './package-events';
import { hoist, withoutContent } from './package-state';

/** Turns versions into tombstones, and the package with its last version. */
@Injectable()
export class RemoveContent {
  constructor(private readonly edits: EditRepository) {}

  async execute(
    edit: OpenEdit,
    versions: readonly VersionRef[],
    headTag: string | null,
  ): Promise<EditResult> {
    const { manager, next, now } = edit;
    const ids = versions.map((version) => version.id);
    const lostTags = await this.edits.removeVersions(manager, next.id, ids, { revision: next.revision, now });
    const events = versions.map((version) => versionRemoved(next, version));
    const versionCount = next.versionCount - versions.length;
    if (versionCount <= 0) {
      await this.edits.removeStars(manager, next.id);
      return { after: withoutContent(next, now), events: [...events, packageRemoved(next)] };
    }
    const remaining = { ...next, versionCount };
    const isHeadless = headTag !== null && lostTags.includes(headTag);
    return { after: isHeadless ? await this.moveHead(edit, remaining, headTag) : remaining, events };
  }

  private async moveHead(
    { manager }: OpenEdit,
    remaining: EditResult['after'],
    headTag: string,
  ): Promise<EditResult['after']> {
    const head = await this.edits.findHighest(manager, remaining.id);
    if (!head) return remaining;
    await this.edits.setTag(manager, remaining.id, headTag, head.id);
    return hoist({ ...remaining, headTag }, head.packageProperties);
  }
}
