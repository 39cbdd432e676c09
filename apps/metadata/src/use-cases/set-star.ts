import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { StarRepository } from '../persistence/star.repository';
import { EditPackage } from './edit-package';
import { packageChanged } from './package-events';

@Injectable()
export class SetStar {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly stars: StarRepository,
  ) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'setStar'>,
  ): Promise<ResponseOf<typeof metadataContract, 'setStar'>> {
    const { packageId, actor, starred } = request;
    const { accountId } = actor;
    const { revision, updatedAt } = await this.editPackage.execute(
      { packageId, actor },
      async ({ manager, next, now }) => {
        const isChanged = starred
          ? await this.stars.add(manager, packageId, accountId, now)
          : await this.stars.remove(manager, packageId, accountId);
        return isChanged ? { after: next, events: [packageChanged(next, 'stars')] } : null;
      },
    );
    return { revision, updatedAt };
  }
}
