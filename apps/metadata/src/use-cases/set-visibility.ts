import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { EditPackage } from './edit-package';
import { visibilityChanged } from './package-events';

@Injectable()
export class SetVisibility {
  constructor(private readonly editPackage: EditPackage) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'setVisibility'>,
  ): Promise<ResponseOf<typeof metadataContract, 'setVisibility'>> {
    const { packageId, visibility, actor } = request;
    const target = { packageId, actorId: actor.accountId };
    const { revision, updatedAt } = await this.editPackage.execute(target, async ({ before, next }) => {
      if (before.visibility === visibility) return null;
      const after = { ...next, visibility };
      return { after, events: [visibilityChanged(after)] };
    });
    return { revision, updatedAt };
  }
}
