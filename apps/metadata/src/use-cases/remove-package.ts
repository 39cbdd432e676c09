import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf } from '@packhouse/contracts';
import { DeletionRules } from './deletion-rules';
import { EditPackage } from './edit-package';
import { packageDeleted } from './package-events';

/** Its versions are left as they are: deleting costs the same whether there is one or ten thousand. */
@Injectable()
export class RemovePackage {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly rules: DeletionRules,
  ) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'removePackage'>,
  ): Promise<Record<string, never>> {
    const { packageId, expectedRevision, force, actor } = request;
    await this.editPackage.execute({ packageId, expectedRevision, actor }, async (edit) => {
      await this.rules.checkDownloads(edit, null, force);
      const after = { ...edit.next, removedAt: edit.now };
      return { after, events: [packageDeleted(after, force?.reason ?? null)] };
    });
    return {};
  }
}
