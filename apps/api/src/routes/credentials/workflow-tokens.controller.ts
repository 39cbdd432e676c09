import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, id, tokenInfo, workflowAccount, type AuthClient } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiCallers } from '../../api-callers';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageAnswer, pageQuery } from '../page-query';

const path = '/api/packhouse/v1/repositories/{owner}/{name}/workflow-tokens';
const tags = ['tokens'];
const params = z.object({ owner: z.string(), name: z.string() });
const errors = { 403: 'Only admins of the repository may.', 404: 'There is no such repository.' };

const createWorkflowToken = defineOperation({
  id: 'ours/create-workflow-token',
  method: 'POST',
  path,
  summary: 'Make a token for a job of this repository',
  description:
    'For CI systems that hold the credential of an admin of the repository and give each job a token of its own. Those that give out ID tokens need no such credential: see trusted publishing.',
  tags,
  scopes: ['repo'],
  params,
  body: z.strictObject({
    /** What the job may do with packages of the repository. */
    role: z.enum(['read', 'write']).default('write'),
    name: z.string().min(1).max(200).default('workflow'),
    /** Default: as the settings say; at most a day. */
    lifetimeMinutes: z.number().int().min(1).max(1440).optional(),
  }),
  responses: { 201: tokenInfo.extend({ token: z.string() }), ...errors },
});
const listWorkflowTokens = defineOperation({
  id: 'ours/list-workflow-tokens',
  method: 'GET',
  path,
  summary: 'Tokens of jobs of this repository that still work',
  tags,
  scopes: ['repo'],
  params,
  query: pageQuery,
  responses: { 200: pageAnswer(tokenInfo), ...errors },
});
const revokeWorkflowToken = defineOperation({
  id: 'ours/revoke-workflow-token',
  method: 'DELETE',
  path: `${path}/{id}`,
  summary: 'Revoke the token of a job, at once',
  tags,
  scopes: ['repo'],
  params: params.extend({ id: z.string() }),
  responses: { 204: 'The token is revoked.', ...errors },
});

/** Tokens of jobs: made, listed and revoked by the admins of their repository. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class WorkflowTokensController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
  ) {}

  @Operation(createWorkflowToken)
  async create(@Input() { params, body, request }: InputOf<typeof createWorkflowToken>): Promise<object> {
    const { caller, repositoryId } = await this.open(request, params);
    const { role, name, lifetimeMinutes = null } = body;
    const made = { repositoryId, role, name, lifetimeMinutes, actor: actorOf(caller) };
    const { token, info } = await this.auth.createWorkflowToken(made);
    return { ...info, token };
  }

  @Operation(listWorkflowTokens)
  async list(@Input() { params, query, request }: InputOf<typeof listWorkflowTokens>): Promise<object> {
    const { repositoryId } = await this.open(request, params);
    return this.auth.listTokens({ accountId: workflowAccount.id, repositoryId, ...query });
  }

  @Operation(revokeWorkflowToken)
  async revoke(@Input() { params, request }: InputOf<typeof revokeWorkflowToken>): Promise<void> {
    const { caller, repositoryId } = await this.open(request, params);
    if (!id.safeParse(params.id).success) throw new DomainError('not_found', 'There is no such token.');
    const accountId = workflowAccount.id;
    await this.auth.revokeToken({ accountId, repositoryId, tokenId: params.id, actor: actorOf(caller) });
  }

  /** 404 for a repository that the caller may not see, 403 for one that it may see and does not administer. */
  private async open(
    request: FastifyRequest,
    { owner, name }: z.output<typeof params>,
  ): Promise<{ caller: SignedInCaller; repositoryId: string }> {
    const caller = await this.callers.forChange(request, 'repo');
    const { accountId, siteAdmin } = caller.principal;
    const { repository } = await this.auth.findRepository({ ownerLogin: owner, name });
    const { role } = repository
      ? await this.auth.findRepositoryRole({ repositoryId: repository.id, accountId })
      : { role: null };
    if (!repository || (role === null && !siteAdmin))
      throw new DomainError(
        'not_found',
        `There is no repository ${owner.slice(0, 60)}/${name.slice(0, 100)}, or you may not see it.`,
      );
    if (role !== 'admin' && !siteAdmin)
      throw new DomainError(
        'forbidden',
        `This needs the role "admin" on ${repository.ownerLogin}/${repository.name}: ask one of its admins for it.`,
      );
    return { caller, repositoryId: repository.id };
  }
}
