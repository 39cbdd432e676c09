import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { MAX_TAGS } from '../persistence/commit.repository';
import { EditRepository } from '../persistence/edit.repository';
import { checkTagCount } from './commit-rules';
import { EditPackage, type EditResult, type OpenEdit } from './edit-package';
import { packageChanged } from './package-events';
import { hoist } from './package-state';
import { TagMoves } from './tag-moves';
import { checkTagStays } from './tag-rules';

type Request = RequestOf<typeof metadataContract, 'moveTag'>;

@Injectable()
export class MoveTag {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly tagMoves: TagMoves,
  ) {}

  async execute(request: Request): Promise<ResponseOf<typeof metadataContract, 'moveTag'>> {
    const target = { packageId: request.packageId, actor: request.actor };
    const { revision, updatedAt } = await this.editPackage.execute(target, (edit) =>
      this.move(edit, request),
    );
    return { revision, updatedAt };
  }

  private async move(
    { manager, before, next }: OpenEdit,
    { tag, version }: Request,
  ): Promise<EditResult | null> {
    const found = await this.edits.findVisible(manager, before.id, version);
    if (!found)
      throw new DomainError('not_found', `"${before.name}" has no version "${version}".`, { version });
    const current = await this.edits.readTag(manager, before.id, tag, MAX_TAGS);
    if (current.versionId === found.id) return null;
    if (current.versionId !== null) checkTagStays(before, tag);
    else if (!before.isContentAddressed) checkTagCount(before.name, current.count + 1);
    await this.edits.setTag(manager, before.id, tag, { versionId: found.id, isFallback: false });
    const shown = tag === before.headTag ? hoist(next, found.packageProperties) : next;
    const touched = current.versionId === null ? [found.id] : [found.id, current.versionId];
    const after = await this.tagMoves.settle(manager, shown, { tags: touched });
    return { after, events: [packageChanged(after, 'tags', [tag])] };
  }
}
