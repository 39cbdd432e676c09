import { Injectable } from '@nestjs/common';
import {
  authContract,
  type Account,
  type AuthClient,
  type Principal,
  type Repository,
  type RepositoryRole,
} from '@packhouse/contracts';
import type { Caller } from '@packhouse/gateway-kit';
import { PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { reaches } from '../../rest/serialisers/repository-permissions';
import type { SeenRepository } from '../../rest/serialisers/repository';

/** What a caller is in an organization. Site administrators are taken for owners. */
export type Standing = 'owner' | 'member' | null;

/** Who and what GitHub's routes name, and what the caller is there. */
@Injectable()
export class Directory {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  base(request: FastifyRequest): string {
    return this.publicUrl.baseFor(request);
  }

  async getAccount(login: string, kind: 'user' | 'organization' | null = null): Promise<Account> {
    const { account } = await this.auth.findAccount({ login });
    if (!account || (kind !== null && account.kind !== kind))
      throw new DomainError('not_found', `There is no ${kind ?? 'account'} "${login.slice(0, 60)}".`);
    return account;
  }

  /** The accounts of a list, in its order. */
  async listAccounts(ids: readonly string[]): Promise<Account[]> {
    const known = await this.accountsById(ids);
    return ids.flatMap((id) => known.get(id) ?? []);
  }

  async accountsById(ids: readonly string[]): Promise<Map<string, Account>> {
    const wanted = [...new Set(ids)];
    if (wanted.length === 0) return new Map();
    const { accounts } = await this.auth.getAccounts({ ids: wanted });
    return new Map(accounts.map((account) => [account.id, account]));
  }

  async standingOf(principal: Principal, organization: Account): Promise<Standing> {
    if (principal.siteAdmin) return 'owner';
    const ids = { organizationId: organization.id, accountId: principal.accountId };
    return (await this.auth.findMembership(ids)).role;
  }

  async getOrganization(
    { principal }: { principal: Principal },
    login: string,
  ): Promise<{ organization: Account; standing: Standing }> {
    const organization = await this.getAccount(login, 'organization');
    return { organization, standing: await this.standingOf(principal, organization) };
  }

  /** For members only; organizations themselves are no secret. */
  async getOwnOrganization(caller: { principal: Principal }, login: string) {
    const { organization, standing } = await this.getOrganization(caller, login);
    if (standing === null) {
      throw new DomainError(
        'forbidden',
        `Only members of ${organization.login} may do this: ask one of its owners to add you.`,
      );
    }
    return { organization, standing };
  }

  async getOwnedOrganization(caller: { principal: Principal }, login: string): Promise<Account> {
    const { organization, standing } = await this.getOrganization(caller, login);
    if (standing !== 'owner')
      throw new DomainError(
        'forbidden',
        `Only owners of ${organization.login} may do this: ask one of them.`,
      );
    return organization;
  }

  requireSiteAdministrator({ principal }: { principal: Principal }): void {
    if (!principal.siteAdmin) throw new DomainError('forbidden', 'Only site administrators may do this.');
  }

  /**
   * A repository that the caller may see, with its role there. Rejects `unauthenticated` for strangers and `not_found`
   * for everybody else who may not see it, and `forbidden` for readers who lack the role `minimum`.
   */
  async getRepository(
    caller: Caller,
    { owner, repo }: { owner: string; repo: string },
    minimum: RepositoryRole = 'read',
  ): Promise<SeenRepository> {
    const { principal } = caller;
    const { repository } = await this.auth.findRepository({ ownerLogin: owner, name: repo });
    const role = repository && (await this.roleIn(principal, repository));
    if (!repository || !role) {
      if (!principal) throw new DomainError('unauthenticated');
      const name = `${owner.slice(0, 60)}/${repo.slice(0, 100)}`;
      throw new DomainError('not_found', `There is no repository ${name}, or you may not see it.`);
    }
    if (!reaches(role, minimum)) {
      if (!principal) throw new DomainError('unauthenticated');
      throw new DomainError(
        'forbidden',
        `This takes the role "${minimum}" in ${repository.ownerLogin}/${repository.name}, you have "${role}": ask an admin of the repository.`,
      );
    }
    return { repository, owner: await this.getOwner(repository), role };
  }

  /** Null: may not see it. A token that does not reach repositories leaves what is public. */
  private async roleIn(principal: Principal | null, repository: Repository): Promise<RepositoryRole | null> {
    const reached = reachOf(principal, repository.visibility === 'public');
    if (principal?.workflow && principal.workflow.repositoryId === repository.id) return 'read';
    if (reached?.siteAdmin) return 'admin';
    const { role } = await this.auth.findRepositoryRole({
      repositoryId: repository.id,
      accountId: reached?.accountId ?? null,
    });
    return role;
  }

  private async getOwner({ ownerId, ownerLogin }: Repository): Promise<Account> {
    const owner = (await this.accountsById([ownerId])).get(ownerId);
    if (!owner) throw new DomainError('not_found', `There is no account "${ownerLogin}".`);
    return owner;
  }
}

/** The account as which a principal looks at repositories; null: as a stranger, who sees public ones. */
export function reachOf(
  principal: Principal | null,
  isPublic = false,
): { accountId: string; siteAdmin: boolean } | null {
  if (!principal || principal.workflow || principal.limits) return null;
  const { scopes } = principal;
  if (scopes && !scopes.includes('repo') && !(isPublic && scopes.includes('public_repo'))) return null;
  return { accountId: principal.accountId, siteAdmin: principal.siteAdmin };
}
