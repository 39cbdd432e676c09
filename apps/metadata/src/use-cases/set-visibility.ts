import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { EditPackage } from './edit-package';
import { visibilityChanged } from './package-events';

/** Changes who sees a package. Public is for ever (as on GitHub): a name that others rely on must not vanish from them. */
@Injectable()
export class SetVisibility {
  constructor(private readonly editPackage: EditPackage) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'setVisibility'>,
  ): Promise<ResponseOf<typeof metadataContract, 'setVisibility'>> {
    const { packageId, visibility, actor } = request;
    const target = { packageId, actor };
    const { revision, updatedAt } = await this.editPackage.execute(target, async ({ before, next }) => {
      if (before.visibility === visibility) return null;
      if (before.scope === 'repository') {
        throw new DomainError(
          'forbidden',
          `${before.name} belongs to a repository and has its visibility: change that of the repository.`,
        );
      }
      if (before.visibility === 'public') {
        throw new DomainError(
          'forbidden',
          `${before.name} is public and stays so: others may depend on it. Delete it, or publish under another name, to have it private.`,
        );
      }
      const after = { ...next, visibility };
      return { after, events: [visibilityChanged(after)] };
    });
    return { revision, updatedAt };
  }
}
