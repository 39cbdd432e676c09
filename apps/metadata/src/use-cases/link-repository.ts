import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { PackageListRepository } from '../persistence/package-list.repository';
import { EditPackage } from './edit-package';
import { linkChanges } from './package-events';
import type { PackageState } from './package-state';

type Contract = typeof metadataContract;

/**
 * How a package stands to a repository: linked or not, and whose access counts. What is set to what it is was set by hand as well:
 * nothing that is pushed changes it any more.
 */
@Injectable()
export class LinkRepository {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly lists: PackageListRepository,
  ) {}

  /** Whoever links later has a list of people already: it stays in force until somebody turns inheritance on (spec P-12). */
  async link({
    packageId,
    repositoryId,
    actor,
  }: RequestOf<Contract, 'linkRepository'>): Promise<ResponseOf<Contract, 'linkRepository'>> {
    const result = await this.editPackage.execute({ packageId, actor }, async ({ before, next }) => {
      checkScope(before);
      const isSame = before.repositoryId === repositoryId;
      if (isSame && !before.linkOpen) return null;
      const inheritsAccess = isSame && before.inheritsAccess;
      const after = { ...next, repositoryId, inheritsAccess, linkOpen: false };
      return { after, events: linkChanges(before, after) };
    });
    return this.answer(packageId, result);
  }

  async setInheritance({
    packageId,
    inheritsAccess,
    actor,
  }: RequestOf<Contract, 'setInheritance'>): Promise<ResponseOf<Contract, 'setInheritance'>> {
    const result = await this.editPackage.execute({ packageId, actor }, async ({ before, next }) => {
      checkScope(before);
      const isSame = before.inheritsAccess === inheritsAccess;
      if (isSame && !before.linkOpen) return null;
      if (!isSame && before.repositoryId === null) {
        throw new DomainError(
          'invalid_request',
          `${before.name} is linked to no repository whose access it could inherit: link one first.`,
        );
      }
      const after = { ...next, inheritsAccess, linkOpen: false };
      return { after, events: linkChanges(before, after) };
    });
    return this.answer(packageId, result);
  }

  private async answer(packageId: string, { revision, updatedAt }: { revision: number; updatedAt: string }) {
    const [summary] = await this.lists.summarize([packageId]);
    if (!summary) throw new DomainError('not_found', 'The package was deleted meanwhile.');
    return { revision, updatedAt, package: summary };
  }
}

function checkScope({ scope, name }: PackageState): void {
  if (scope === 'repository') {
    throw new DomainError(
      'invalid_request',
      `${name} belongs to its repository, and always has its access: it cannot be linked to another or to none.`,
    );
  }
}
