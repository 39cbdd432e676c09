import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { authContract, visibility, type Account, type AuthClient } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { readInput } from '../read-input';

const newRepository = z.strictObject({
  owner: z.string().optional(),
  name: z.string(),
  visibility: visibility.default('private'),
});

/** Repositories: what packages are linked to. */
@Controller('api/packhouse/v1/repositories')
export class RepositoriesController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
  ) {}

  @Post()
  @HttpCode(201)
  async create(@Req() request: FastifyRequest): Promise<object> {
    const caller = await this.callers.forChange(request, 'repo');
    const input = await readInput(request, newRepository);
    const owner = await this.openOwner(caller, input.owner ?? caller.principal.login);
    const { repository } = await this.auth.createRepository({
      ownerId: owner.id,
      name: input.name,
      visibility: input.visibility,
      actor: actorOf(caller),
    });
    return repository;
  }

  @Get(':owner/:name')
  async read(
    @Req() request: FastifyRequest,
    @Param('owner') ownerLogin: string,
    @Param('name') name: string,
  ): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    const { repository } = await this.auth.findRepository({ ownerLogin, name });
    const { ownerIds } = await this.auth.listReadable({ principal });
    const mayRead =
      repository &&
      (repository.visibility === 'public' ||
        repository.ownerId === principal.accountId ||
        principal.siteAdmin ||
        ownerIds.includes(repository.ownerId));
    if (!mayRead)
      throw new DomainError(
        'not_found',
        `There is no repository ${ownerLogin.slice(0, 60)}/${name.slice(0, 100)}, or you may not see it.`,
      );
    return repository;
  }

  /** Under oneself, or under an organization of which one is a member. */
  private async openOwner(caller: SignedInCaller, login: string): Promise<Account> {
    const { account } = await this.auth.findAccount({ login });
    if (!account)
      throw new DomainError('not_found', `There is no user or organization "${login.slice(0, 60)}".`);
    const { accountId, siteAdmin } = caller.principal;
    if (account.id === accountId || siteAdmin) return account;
    const { role } =
      account.kind === 'organization'
        ? await this.auth.findMembership({ organizationId: account.id, accountId })
        : { role: null };
    if (!role)
      throw new DomainError('forbidden', `Only members of ${account.login} make repositories there.`);
    return account;
  }
}
