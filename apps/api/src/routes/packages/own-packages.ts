import { Injectable } from '@nestjs/common';
import {
  authContract,
  id,
  isoTime,
  packageScope,
  visibility,
  type AuthClient,
  type PackageAction,
  type Principal,
  type RepositoryRole,
} from '@packhouse/contracts';
import type { SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { PackageFinder, type FoundPackage } from '../../packages/package-finder';

export const packagePath = '/api/packhouse/v1/packages/{owner}/{format}/{name}';
export const packageParams = z.object({
  owner: z.string().max(100),
  format: z.string().max(40),
  name: z.string().max(1024),
});
export type PackageParams = z.output<typeof packageParams>;

export const packageView = z.object({
  id,
  number: z.number().int(),
  format: z.string(),
  owner: z.string(),
  name: z.string(),
  visibility,
  scope: packageScope,
  /** Of the linked repository, if the reader may see it. */
  repository: z.string().nullable(),
  inheritsAccess: z.boolean(),
  versionCount: z.number().int(),
  downloads: z.number().int(),
  createdAt: isoTime,
  updatedAt: isoTime,
});

/** What our own routes on packages share. */
@Injectable()
export class OwnPackages {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly finder: PackageFinder,
  ) {}

  async open(
    caller: SignedInCaller,
    { owner: login, format, name }: PackageParams,
    ...actions: PackageAction[]
  ): Promise<FoundPackage> {
    const owner = await this.finder.getOwner(login, ['user', 'organization', 'bot']);
    return this.finder.open(caller, { owner, formats: [format], name }, ...actions);
  }

  async view({ principal }: SignedInCaller, { owner, found }: FoundPackage): Promise<object> {
    const { id: packageId, number, format, name, scope, inheritsAccess, versionCount, downloads } = found;
    const repository = await this.findRepositoryName(principal, found.repositoryId);
    return {
      ...{ id: packageId, number, format, owner: owner.login, name, visibility: found.visibility, scope },
      ...{ repository, inheritsAccess, versionCount, downloads },
      ...{ createdAt: found.createdAt, updatedAt: found.updatedAt },
    };
  }

  /** Owns the namespace: the account itself, an owner of the organization, an administrator of the site. */
  async isOwner({ principal }: SignedInCaller, { owner }: FoundPackage): Promise<boolean> {
    if (principal.workflow) return false;
    if (principal.siteAdmin || principal.accountId === owner.id) return true;
    if (owner.kind !== 'organization') return false;
    const { role } = await this.auth.findMembership({
      organizationId: owner.id,
      accountId: principal.accountId,
    });
    return role === 'owner';
  }

  /** Lifts the limit on downloads for who owns the namespace and says why. */
  async forceOf(
    caller: SignedInCaller,
    opened: FoundPackage,
    reason: string | undefined,
  ): Promise<{ reason: string } | null> {
    if (reason === undefined) return null;
    if (await this.isOwner(caller, opened)) return { reason };
    throw new DomainError(
      'forbidden',
      `Only owners of ${opened.owner.login} delete what many people downloaded: ask one of them.`,
    );
  }

  /** A repository that the caller may see, with its role there; others are not there. A workflow sees its own. */
  async getRepository(
    { principal }: SignedInCaller,
    ownerLogin: string,
    name: string,
  ): Promise<{ id: string; role: RepositoryRole }> {
    const { repository } = await this.auth.findRepository({ ownerLogin, name });
    const role = repository && (await this.roleIn(principal, repository.id));
    if (repository && role) return { id: repository.id, role };
    throw new DomainError(
      'not_found',
      `${ownerLogin} has no repository "${name.slice(0, 100)}", or you may not see it.`,
    );
  }

  private async roleIn(
    { accountId, siteAdmin, workflow }: Principal,
    repositoryId: string,
  ): Promise<RepositoryRole | null> {
    if (siteAdmin) return 'admin';
    if (workflow?.repositoryId === repositoryId) return workflow.role;
    return (await this.auth.findRepositoryRole({ repositoryId, accountId })).role;
  }

  private async findRepositoryName(
    principal: Principal,
    repositoryId: string | null,
  ): Promise<string | null> {
    if (repositoryId === null || (await this.roleIn(principal, repositoryId)) === null) return null;
    const { repositories } = await this.auth.getRepositories({ ids: [repositoryId] });
    return repositories[0]?.name ?? null;
  }
}
