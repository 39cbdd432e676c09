import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { EditPackage } from './edit-package';
import { packageChanged } from './package-events';

@Injectable()
export class SetTagRules {
  constructor(private readonly editPackage: EditPackage) {}

  async execute({
    packageId,
    immutable,
    actor,
  }: RequestOf<typeof metadataContract, 'setTagRules'>): Promise<
    ResponseOf<typeof metadataContract, 'setTagRules'>
  > {
    const immutableTags = [...new Set(immutable)];
    const { revision, updatedAt } = await this.editPackage.execute(
      { packageId, actor },
      async ({ before, next }) => {
        if (JSON.stringify(before.immutableTags) === JSON.stringify(immutableTags)) return null;
        const after = { ...next, immutableTags };
        return { after, events: [packageChanged(after, 'tag-rules')] };
      },
    );
    return { revision, updatedAt };
  }
}
