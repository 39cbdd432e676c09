import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { EditRepository } from '../persistence/edit.repository';
import { EditPackage } from './edit-package';
import { packageChanged } from './package-events';
import { Speaker } from './speaker';
import { TagMoves } from './tag-moves';
import { checkTagStays } from './tag-rules';

@Injectable()
export class RemoveTag {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly tagMoves: TagMoves,
    private readonly speaker: Speaker,
  ) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'removeTag'>,
  ): Promise<ResponseOf<typeof metadataContract, 'removeTag'>> {
    const { packageId, tag, actor } = request;
    const target = { packageId, actor };
    const { revision, updatedAt } = await this.editPackage.execute(
      target,
      async ({ manager, before, next }) => {
        const { versionId } = await this.edits.readTag(manager, packageId, tag, 1);
        if (versionId === null)
          throw new DomainError('not_found', `"${before.name}" has no tag "${tag}".`, { tag });
        checkTagStays(before, tag);
        await this.edits.removeTag(manager, packageId, tag);
        const settled = await this.tagMoves.settle(manager, next, { tags: [versionId] });
        const after = tag === before.headTag ? await this.speaker.settle(manager, settled) : settled;
        return { after, events: [packageChanged(after, 'tags', [tag])] };
      },
    );
    return { revision, updatedAt };
  }
}
