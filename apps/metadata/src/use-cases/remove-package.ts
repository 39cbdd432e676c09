import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf } from '@packhouse/contracts';
import { EditRepository } from '../persistence/edit.repository';
import { EditPackage } from './edit-package';
import { RemoveContent } from './remove-content';

@Injectable()
export class RemovePackage {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly removeContent: RemoveContent,
  ) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'removePackage'>,
  ): Promise<Record<string, never>> {
    const { packageId, expectedRevision, actor } = request;
    await this.editPackage.execute({ packageId, expectedRevision, actor }, async (edit) => {
      const versions = await this.edits.listLive(edit.manager, packageId);
      return this.removeContent.execute(edit, versions, null);
    });
    return {};
  }
}
