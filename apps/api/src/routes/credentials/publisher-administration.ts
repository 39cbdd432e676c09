import { Injectable } from '@nestjs/common';
import { authContract, type Account, type AuthClient } from '@packhouse/contracts';
import type { SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { ApiCallers } from '../../api-callers';
import { PackageFinder } from '../../packages/package-finder';
import { Directory } from '../v3/directory';

/** What a publisher may publish, as requests name it. */
export interface PublisherReach {
  readonly repository?: string | null;
  readonly package?: string | null;
  readonly format?: string | null;
}

/** Whoever administers what publishers of this reach may publish. */
export interface PublisherAdministrator {
  readonly caller: SignedInCaller;
  readonly owner: Account;
  /** Of the repository that was named. */
  readonly repositoryId: string | null;
}

/**
 * Who says which jobs are trusted: owners for everything that they own, admins of a repository for it, admins of a package
 * for exactly that one. A publisher never may more than who registered it.
 */
@Injectable()
export class PublisherAdministration {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
    private readonly directory: Directory,
    private readonly finder: PackageFinder,
  ) {}

  async open(request: FastifyRequest, login: string, reach: PublisherReach): Promise<PublisherAdministrator> {
    const { principal } = await this.callers.signedIn(request);
    const { account: owner } = await this.auth.findAccount({ login });
    if (!owner || owner.kind === 'bot')
      throw new DomainError('not_found', `There is no user or organization "${login.slice(0, 60)}".`);
    if ((await this.directory.standingOf(principal, owner)) === 'owner' || principal.accountId === owner.id)
      return this.asOwner(request, owner, reach);
    if (reach.repository) return this.asRepositoryAdmin(request, owner, reach.repository);
    if (reach.package && reach.format)
      return this.asPackageAdmin(request, owner, reach.package, reach.format);
    throw new DomainError(
      'forbidden',
      `Only owners of ${owner.login} trust jobs with everything that it has: name a repository, or a package and its format, that you administer.`,
    );
  }

  private async asOwner(
    request: FastifyRequest,
    owner: Account,
    { repository }: PublisherReach,
  ): Promise<PublisherAdministrator> {
    const caller = await this.callers.forChange(request, owner.kind === 'user' ? 'user' : 'admin:org');
    if (!repository) return { caller, owner, repositoryId: null };
    const { repository: found } = await this.auth.findRepository({
      ownerLogin: owner.login,
      name: repository,
    });
    if (found) return { caller, owner, repositoryId: found.id };
    throw new DomainError('not_found', `"${owner.login}" has no repository "${repository.slice(0, 100)}".`);
  }

  private async asRepositoryAdmin(
    request: FastifyRequest,
    owner: Account,
    name: string,
  ): Promise<PublisherAdministrator> {
    const caller = await this.callers.forChange(request, 'repo');
    const names = { owner: owner.login, repo: name };
    const { repository } = await this.directory.getRepository(caller, names, 'admin');
    return { caller, owner, repositoryId: repository.id };
  }

  /** One package by its name: a pattern would reach others, and packages that are yet to be made. */
  private async asPackageAdmin(
    request: FastifyRequest,
    owner: Account,
    name: string,
    format: string,
  ): Promise<PublisherAdministrator> {
    const caller = await this.callers.forChange(request, 'repo');
    const { found } = await this.finder.open(caller, { owner, formats: [format], name }, 'admin');
    if (found.name.toLowerCase() === name.toLowerCase()) return { caller, owner, repositoryId: null };
    throw new DomainError('invalid_request', `Name the package as its format writes it: "${found.name}".`);
  }
}
