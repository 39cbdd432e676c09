import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { EditRepository } from '../persistence/edit.repository';
import { EditPackage, type OpenEdit } from './edit-package';
import { packageChanged } from './package-events';

type Request = RequestOf<typeof metadataContract, 'updateVersions'>;

@Injectable()
export class UpdateVersions {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
  ) {}

  async execute(request: Request): Promise<ResponseOf<typeof metadataContract, 'updateVersions'>> {
    const { packageId, expectedRevision, versions, actor } = request;
    const ids = versions.map((version) => version.id);
    if (new Set(ids).size !== ids.length) {
      throw new DomainError(
        'invalid_request',
        'A version is named twice: put all changes of a version together.',
      );
    }
    const target = { packageId, expectedRevision, actor };
    const { revision, updatedAt } = await this.editPackage.execute(target, async (edit) => {
      await this.checkPresent(edit, ids);
      await this.edits.patchVersions(edit.manager, packageId, edit.next.revision, versions);
      return { after: edit.next, events: [packageChanged(edit.next, 'versions')] };
    });
    return { revision, updatedAt };
  }

  private async checkPresent({ manager, before }: OpenEdit, ids: readonly string[]): Promise<void> {
    const found = await this.edits.listByIds(manager, before.id, ids);
    const live = new Set(found.filter((version) => !version.removed).map((version) => version.id));
    const missing = ids.find((id) => !live.has(id));
    if (missing !== undefined) {
      throw new DomainError('not_found', `"${before.name}" has no such version to change.`, {
        versionId: missing,
      });
    }
  }
}
