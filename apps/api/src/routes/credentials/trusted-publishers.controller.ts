import { Controller, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  claimPatterns,
  id,
  packageRole,
  trustedPublisher,
  type Account,
  type AuthClient,
} from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiCallers } from '../../api-callers';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageAnswer, pageQuery } from '../page-query';

const path = '/api/packhouse/v1/trusted-publishers/{owner}';
const tags = ['trusted publishing'];
const params = z.object({ owner: z.string() });

const registerPublisher = defineOperation({
  id: 'ours/register-trusted-publisher',
  method: 'POST',
  path,
  summary: 'Trust jobs of a CI system to publish',
  description:
    'Names an OpenID Connect issuer and the claims by which the trusted jobs are told from all others that it signs for. They exchange their ID token for a short-lived token: no secret is stored in the CI system.',
  tags,
  params,
  body: z.strictObject({
    issuer: z.string().min(1).max(500),
    claims: claimPatterns,
    repository: z.string().max(100).optional(),
    package: z.string().min(1).max(300).optional(),
    format: z.string().min(1).max(40).optional(),
    audience: z.string().min(1).max(500).optional(),
    role: packageRole.default('write'),
  }),
  responses: { 201: trustedPublisher, 403: 'Only the owner may.', 404: 'There is no such owner.' },
});
const listPublishers = defineOperation({
  id: 'ours/list-trusted-publishers',
  method: 'GET',
  path,
  summary: 'The trusted publishers of an owner',
  tags,
  params,
  query: pageQuery,
  responses: { 200: pageAnswer(trustedPublisher), 403: 'Only the owner may.' },
});
const removePublisher = defineOperation({
  id: 'ours/remove-trusted-publisher',
  method: 'DELETE',
  path: `${path}/{id}`,
  summary: 'Trust it no more, at once: its live tokens end too',
  tags,
  params: params.extend({ id: z.string() }),
  responses: { 204: 'The trusted publisher is removed.', 404: 'There is no such trusted publisher.' },
});

/** Which CI systems an owner trusts. For its owners only: what they trust is nobody else's business. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class TrustedPublishersController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
  ) {}

  @Operation(registerPublisher)
  async register(@Input() { params, body, request }: InputOf<typeof registerPublisher>): Promise<object> {
    const { caller, owner } = await this.open(request, params.owner);
    const { issuer, claims, role, repository, audience = null, format = null } = body;
    const { publisher } = await this.auth.registerTrustedPublisher({
      ...{ ownerId: owner.id, issuer, claims, role, audience, format, packageName: body.package ?? null },
      repositoryId: repository === undefined ? null : await this.repositoryId(owner, repository),
      actor: actorOf(caller),
    });
    return publisher;
  }

  @Operation(listPublishers)
  async list(@Input() { params, query, request }: InputOf<typeof listPublishers>): Promise<object> {
    const { owner } = await this.open(request, params.owner);
    return this.auth.listTrustedPublishers({ ownerId: owner.id, ...query });
  }

  @Operation(removePublisher)
  async remove(@Input() { params, request }: InputOf<typeof removePublisher>): Promise<void> {
    const { caller, owner } = await this.open(request, params.owner);
    if (!id.safeParse(params.id).success)
      throw new DomainError('not_found', 'There is no such trusted publisher.');
    await this.auth.removeTrustedPublisher({
      ...{ ownerId: owner.id, publisherId: params.id, actor: actorOf(caller) },
    });
  }

  /** Oneself, an organization of which one is an owner, or anybody for a site administrator. */
  private async open(
    request: FastifyRequest,
    login: string,
  ): Promise<{ caller: SignedInCaller; owner: Account }> {
    const { principal } = await this.callers.signedIn(request);
    const { account } = await this.auth.findAccount({ login });
    if (!account || account.kind === 'bot')
      throw new DomainError('not_found', `There is no user or organization "${login.slice(0, 60)}".`);
    if (account.kind === 'organization') {
      const { caller, organization } = await this.callers.ownedOrganization(request, login);
      return { caller, owner: organization };
    }
    const caller = await this.callers.forChange(request, 'user');
    if (account.id !== principal.accountId && !principal.siteAdmin)
      throw new DomainError('forbidden', `Only ${account.login} may do this.`);
    return { caller, owner: account };
  }

  private async repositoryId(owner: Account, name: string): Promise<string> {
    const { repository } = await this.auth.findRepository({ ownerLogin: owner.login, name });
    if (repository) return repository.id;
    throw new DomainError('not_found', `"${owner.login}" has no repository "${name.slice(0, 100)}".`);
  }
}
