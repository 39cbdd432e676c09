import { Controller, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  claimPatterns,
  id,
  packageRole,
  trustedPublisher,
  type AuthClient,
} from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError, isDomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageAnswer, pageQuery } from '../page-query';
import {
  PublisherAdministration,
  type PublisherAdministrator,
  type PublisherReach,
} from './publisher-administration';

const path = '/api/packhouse/v1/trusted-publishers/{owner}';
const tags = ['trusted publishing'];
const params = z.object({ owner: z.string() });

const registerPublisher = defineOperation({
  id: 'ours/register-trusted-publisher',
  method: 'POST',
  path,
  summary: 'Trust jobs of a CI system to publish',
  description:
    'Names an OpenID Connect issuer and the claims by which the trusted jobs are told from all others that it signs for. For owners; for admins of a repository with `repository`, and for admins of a package with its `package` and `format`. They exchange their ID token for a short-lived token: no secret is stored in the CI system.',
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
  responses: {
    201: trustedPublisher,
    403: 'Only admins may.',
    404: 'There is no such owner, repository or package.',
  },
});
const listPublishers = defineOperation({
  id: 'ours/list-trusted-publishers',
  method: 'GET',
  path,
  summary: 'The trusted publishers of an owner',
  tags,
  params,
  description: 'Admins of a repository or a package, who own nothing here, name it.',
  query: pageQuery.extend({
    repository: z.string().max(100).optional(),
    package: z.string().min(1).max(300).optional(),
    format: z.string().min(1).max(40).optional(),
  }),
  responses: { 200: pageAnswer(trustedPublisher), 403: 'Only admins may.' },
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

/** Which CI systems are trusted. For those who administer what they publish: it is nobody else's business. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class TrustedPublishersController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly administration: PublisherAdministration,
  ) {}

  @Operation(registerPublisher)
  async register(@Input() { params, body, request }: InputOf<typeof registerPublisher>): Promise<object> {
    const { caller, owner, repositoryId } = await this.administration.open(request, params.owner, body);
    const { issuer, claims, role, audience = null, format = null } = body;
    const { publisher } = await this.auth.registerTrustedPublisher({
      ...{ ownerId: owner.id, issuer, claims, role, audience, format, packageName: body.package ?? null },
      ...{ repositoryId, actor: actorOf(caller) },
    });
    return publisher;
  }

  @Operation(listPublishers)
  async list(@Input() { params, query, request }: InputOf<typeof listPublishers>): Promise<object> {
    const { package: packageName, format, cursor, limit } = query;
    const { owner, repositoryId } = await this.administration.open(request, params.owner, query);
    const named = packageName !== undefined && format !== undefined ? { packageName, format } : null;
    const of = repositoryId === null ? named : { repositoryId };
    return this.auth.listTrustedPublishers({ ownerId: owner.id, of, cursor, limit });
  }

  @Operation(removePublisher)
  async remove(@Input() { params, request }: InputOf<typeof removePublisher>): Promise<void> {
    const { caller, owner } = await this.openPublisher(request, params);
    if (!id.safeParse(params.id).success)
      throw new DomainError('not_found', 'There is no such trusted publisher.');
    await this.auth.removeTrustedPublisher({
      ...{ ownerId: owner.id, publisherId: params.id, actor: actorOf(caller) },
    });
  }

  /** What it may publish is no secret to its admins only: everybody else is answered as if it were not there. */
  private async openPublisher(
    request: FastifyRequest,
    { owner, id: publisherId }: { owner: string; id: string },
  ): Promise<PublisherAdministrator> {
    const reach = await this.findReach(owner, publisherId);
    try {
      return await this.administration.open(request, owner, reach ?? {});
    } catch (error) {
      if (!reach || !(isDomainError(error, 'not_found') || isDomainError(error, 'forbidden'))) throw error;
      return this.administration.open(request, owner, {});
    }
  }

  private async findReach(login: string, publisherId: string): Promise<PublisherReach | null> {
    const { account } = await this.auth.findAccount({ login });
    if (!account || !id.safeParse(publisherId).success) return null;
    const { publisher } = await this.auth.findTrustedPublisher({ ownerId: account.id, publisherId });
    if (!publisher) return null;
    const { repositoryName: repository, packageName, format } = publisher;
    return { repository, package: packageName, format };
  }
}
