import { Injectable } from '@nestjs/common';
import { Standings, type Standing } from '../facts/standings';
import type { Answer, Ask } from '../messages';
import { FindRepository } from './find-repository';

type Plan = Answer<'planNewPackage'>;

const unlinked: Plan = { repositoryId: null, inheritsAccess: false, visibility: null, notice: null };

/** Links a package at its first publish: only to a repository to which the publisher may write (spec P-5, P-11, P-15). */
@Injectable()
export class PlanNewPackage {
  constructor(
    private readonly repositories: FindRepository,
    private readonly standings: Standings,
  ) {}

  async run({ principal, ownerId, repository }: Ask<'planNewPackage'>): Promise<Plan> {
    const { workflow } = principal;
    if (workflow !== null) {
      if (workflow.repositoryId === null || workflow.ownerId !== ownerId) return unlinked;
      const standing = await this.find(principal, ownerId, workflow.repositoryId);
      return { ...linkedTo(workflow.repositoryId, standing), visibility: standing.repositoryVisibility };
    }
    if (repository === null) return unlinked;
    const { repository: found } = await this.repositories.run(repository);
    if (found?.ownerId === ownerId) {
      const standing = await this.find(principal, ownerId, found.id);
      if (mayWrite(standing, principal.siteAdmin)) return linkedTo(found.id, standing);
    }
    // The same words for a repository that is not there and for one that the publisher must not know.
    const name = `${repository.ownerLogin}/${repository.name}`.slice(0, 200);
    const notice = `The package was not linked to "${name}": the owner of the package has no such repository to which "${principal.login}" may write.`;
    return { ...unlinked, notice };
  }

  private async find(
    principal: Ask<'planNewPackage'>['principal'],
    ownerId: string,
    repositoryId: string,
  ): Promise<Standing> {
    return this.standings.find(principal, { ownerId, repositoryId, scope: 'owner', package: null });
  }
}

function linkedTo(repositoryId: string, { inheritsByDefault, repositoryVisibility }: Standing): Plan {
  if (repositoryVisibility === null) return unlinked;
  return { ...unlinked, repositoryId, inheritsAccess: inheritsByDefault };
}

function mayWrite({ caller }: Standing, siteAdmin: boolean): boolean {
  const { repositoryRole } = caller;
  return siteAdmin || repositoryRole === 'write' || repositoryRole === 'admin';
}
