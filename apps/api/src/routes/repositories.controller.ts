import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, repository, visibility, type Account, type AuthClient } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { Directory } from './v3/directory';

const newRepository = z.strictObject({
  owner: z.string().optional(),
  name: z.string(),
  visibility: visibility.default('private'),
});

const path = '/api/packhouse/v1/repositories';
const tags = ['repositories'];

const createRepository = defineOperation({
  id: 'ours/create-repository',
  method: 'POST',
  path,
  summary: 'Make a repository',
  tags,
  scopes: ['repo'],
  body: newRepository,
  responses: { 201: repository, 409: 'The name is taken.' },
});
const getRepository = defineOperation({
  id: 'ours/get-repository',
  method: 'GET',
  path: `${path}/{owner}/{name}`,
  summary: 'One repository',
  tags,
  params: z.object({ owner: z.string(), name: z.string() }),
  responses: { 200: repository },
});

/** Repositories: what packages are linked to. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class RepositoriesController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
    private readonly directory: Directory,
  ) {}

  @Operation(createRepository)
  async create(@Input() { body, request }: InputOf<typeof createRepository>): Promise<object> {
    const caller = await this.callers.forChange(request, 'repo');
    const owner = await this.openOwner(caller, body.owner ?? caller.principal.login);
    const { repository: made } = await this.auth.createRepository({
      ownerId: owner.id,
      name: body.name,
      visibility: body.visibility,
      actor: actorOf(caller),
    });
    return made;
  }

  @Operation(getRepository)
  async read(@Input() { params, caller }: InputOf<typeof getRepository>): Promise<object> {
    const names = { owner: params.owner, repo: params.name };
    return (await this.directory.getRepository(caller, names)).repository;
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
