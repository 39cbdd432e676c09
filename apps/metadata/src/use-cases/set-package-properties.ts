import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { EditPackage } from './edit-package';
import { packageChanged } from './package-events';
import { patchProperties } from './package-state';

@Injectable()
export class SetPackageProperties {
  constructor(private readonly editPackage: EditPackage) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'setPackageProperties'>,
  ): Promise<ResponseOf<typeof metadataContract, 'setPackageProperties'>> {
    const { packageId, expectedRevision, properties, actor } = request;
    const target = { packageId, expectedRevision, actor };
    const { revision, updatedAt } = await this.editPackage.execute(target, async ({ next }) => {
      const after = patchProperties(next, properties);
      return { after, events: [packageChanged(after, 'properties')] };
    });
    return { revision, updatedAt };
  }
}
