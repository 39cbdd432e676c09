import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { isShared } from '../facts/sharing';
import { Standings, type Standing } from '../facts/standings';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { Decide } from './decide';
import { FindRepository } from './find-repository';

type Plan = Answer<'planNewPackage'>;
type Asker = Ask<'planNewPackage'>['principal'];
type Existing = NonNullable<Ask<'planNewPackage'>['existing']>;

const unlinked: Plan = { repositoryId: null, inheritsAccess: false, visibility: null, notice: null };

/**
 * Links a package at its first publish: only to a repository to which the publisher may write (spec P-5, P-11, P-15). Of
 * a first publish that takes several requests the later ones find a package, which may belong to somebody else by then.
 */
@Injectable()
export class PlanNewPackage {
  constructor(
    private readonly repositories: FindRepository,
    private readonly standings: Standings,
    private readonly decisions: Decide,
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
  ) {}

  async run({ principal, ownerId, repository, existing }: Ask<'planNewPackage'>): Promise<Plan> {
    // A workflow's own packages are linked from their beginning, and others are not its to link.
    if (principal.workflow) return existing ? unlinked : this.planOfWorkflow(principal, ownerId);
    if (repository === null) return unlinked;
    const name = `${repository.ownerLogin}/${repository.name}`.slice(0, 200);
    const { repository: found } = await this.repositories.run(repository);
    const standing = found?.ownerId === ownerId ? await this.find(principal, ownerId, found.id) : null;
    // The same words for a repository that is not there and for one that the publisher must not know.
    if (!found || !standing || !mayWrite(standing, principal.siteAdmin))
      return notLinked(
        name,
        `the owner of the package has no such repository to which "${principal.login}" may write.`,
      );
    const plan = linkedTo(found.id, standing);
    return existing ? this.linkLate(principal, existing, plan, name) : plan;
  }

  /** Inheriting drops all grants: that is for people to decide once they gave some. That of the publisher came with the package. */
  private async linkLate(principal: Asker, existing: Existing, plan: Plan, name: string): Promise<Plan> {
    const isToldAgain = existing.repositoryId === plan.repositoryId;
    if (!isToldAgain && !(await this.mayAdminister(principal, existing)))
      return notLinked(name, 'that is for who administers the package.');
    const packageId = existing.package?.id;
    if (!plan.inheritsAccess || packageId === undefined) return plan;
    if (!(await isShared(this.database, packageId, principal.accountId))) return plan;
    const notice = `The package was linked to "${name}" and keeps its own access: others were given access to it.`;
    return { ...plan, inheritsAccess: false, notice };
  }

  private async planOfWorkflow(principal: Asker, ownerId: string): Promise<Plan> {
    const { workflow } = principal;
    if (!workflow?.repositoryId || workflow.ownerId !== ownerId) return unlinked;
    const standing = await this.find(principal, ownerId, workflow.repositoryId);
    return { ...linkedTo(workflow.repositoryId, standing), visibility: standing.repositoryVisibility };
  }

  /** The account: a token that may only publish links a new package as well. */
  private async mayAdminister(principal: Asker, subject: Existing): Promise<boolean> {
    const account = { ...principal, scopes: null, limits: null };
    return (await this.decisions.run({ principal: account, action: 'admin', subject })).allowed;
  }

  private async find(principal: Asker, ownerId: string, repositoryId: string): Promise<Standing> {
    return this.standings.find(principal, { ownerId, repositoryId, scope: 'owner', package: null });
  }
}

function linkedTo(repositoryId: string, { inheritsByDefault, repositoryVisibility }: Standing): Plan {
  if (repositoryVisibility === null) return unlinked;
  return { ...unlinked, repositoryId, inheritsAccess: inheritsByDefault };
}

function notLinked(name: string, because: string): Plan {
  return { ...unlinked, notice: `The package was not linked to "${name}": ${because}` };
}

function mayWrite({ caller }: Standing, siteAdmin: boolean): boolean {
  const { repositoryRole } = caller;
  return siteAdmin || repositoryRole === 'write' || repositoryRole === 'admin';
}
