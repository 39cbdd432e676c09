import { Controller, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  metadataContract,
  type Account,
  type AuthClient,
  type MetadataClient,
  type OrganizationPolicy,
} from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Answer } from '../../rest/answer';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import {
  basePermission,
  organizationFull,
  organizationSimple,
  toOrganizationFull,
  toOrganizationSimple,
} from '../../rest/serialisers/organization';
import { countRepositories } from './count-repositories';
import { Directory, type Standing } from './directory';
import { sinceLinks, sinceQuery } from './since';

const tags = ['orgs'];
const params = z.object({ org: z.string() });
const line = z.string().max(500).nullable().optional();

const listOrganizations = defineOperation({
  id: 'orgs/list',
  method: 'GET',
  path: '/api/v3/organizations',
  summary: 'List all organizations in the order in which they were made',
  tags,
  query: sinceQuery,
  responses: { 200: z.array(organizationSimple) },
});
const getOrganization = defineOperation({
  id: 'orgs/get',
  method: 'GET',
  path: '/api/v3/orgs/{org}',
  summary: 'One organization',
  tags,
  params,
  responses: { 200: organizationFull, 404: 'There is no such organization.' },
});
const updateBody = z.object({
  name: z.string().max(200).nullable().optional(),
  email: z.email().max(300).nullable().optional(),
  company: line,
  location: line,
  description: line,
  blog: line,
  twitter_username: line,
  default_repository_permission: basePermission.optional(),
  members_can_create_repositories: z.boolean().optional(),
  members_can_create_public_repositories: z.boolean().optional(),
  members_can_create_private_repositories: z.boolean().optional(),
  members_can_create_internal_repositories: z.boolean().optional(),
});
const updateOrganization = defineOperation({
  id: 'orgs/update',
  method: 'PATCH',
  path: '/api/v3/orgs/{org}',
  summary: 'Change what an organization shows and allows',
  tags,
  scopes: ['admin:org'],
  secondFactor: 'account',
  params,
  body: updateBody,
  responses: { 200: organizationFull, 422: 'A field is not valid.' },
});
const deleteOrganization = defineOperation({
  id: 'orgs/delete',
  method: 'DELETE',
  path: '/api/v3/orgs/{org}',
  summary: 'Delete an organization with its repositories',
  description: 'One that has packages is only deleted with `delete_packages=true`.',
  tags,
  scopes: ['admin:org'],
  secondFactor: 'account',
  params,
  query: z.object({ delete_packages: z.enum(['true', 'false']).default('false') }),
  responses: { 202: z.object({}), 403: 'The caller is no owner.', 422: 'It has packages.' },
});

/** Organizations as a whole. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class GithubOrganizationsController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly directory: Directory,
  ) {}

  @Operation(listOrganizations)
  async list(@Input() { query, request }: InputOf<typeof listOrganizations>): Promise<object> {
    const wanted = { kind: 'organization' as const, after: query.since, limit: query.per_page };
    const { items } = await this.auth.listAccountsByNumber(wanted);
    const base = this.directory.base(request);
    const shown = items.map((organization) => toOrganizationSimple(organization, base));
    return new Answer(null, shown, sinceLinks(request, items, query.per_page));
  }

  @Operation(getOrganization)
  async read(@Input() input: InputOf<typeof getOrganization>): Promise<object> {
    const { organization, standing } = await this.directory.getOrganization(input.caller, input.params.org);
    return this.describe(organization, standing, input.request);
  }

  @Operation(updateOrganization)
  async update(@Input() input: InputOf<typeof updateOrganization>): Promise<object> {
    const { body, caller, request } = input;
    const organization = await this.directory.getOwnedOrganization(caller, input.params.org);
    const actor = actorOf(caller);
    const policy = readPolicy(body);
    if (Object.keys(policy).length > 0)
      await this.auth.setOrganizationPolicy({ organizationId: organization.id, policy, actor });
    const { account } = await this.auth.updateAccount({
      accountId: organization.id,
      displayName: body.name,
      email: body.email,
      profile: readProfile(body),
      actor,
    });
    return this.describe(account, 'owner', request);
  }

  @Operation(deleteOrganization)
  async delete(@Input() input: InputOf<typeof deleteOrganization>): Promise<object> {
    const { caller, query } = input;
    const organization = await this.directory.getOwnedOrganization(caller, input.params.org);
    if (query.delete_packages !== 'true') {
      const { items } = await this.metadata.listPackages({ ownerId: organization.id, limit: 1 });
      if (items.length > 0) {
        throw new DomainError(
          'validation_failed',
          `${organization.login} has packages: delete them first, or repeat with delete_packages=true.`,
        );
      }
    }
    await this.auth.deleteAccount({ accountId: organization.id, actor: actorOf(caller) });
    return {};
  }

  private async describe(
    organization: Account,
    standing: Standing,
    request: FastifyRequest,
  ): Promise<object> {
    const { id } = organization;
    const publicRepositories = await countRepositories(this.auth, id, null);
    const base = this.directory.base(request);
    if (standing === null)
      return toOrganizationFull(organization, { publicRepositories, inside: null }, base);
    const [{ policy }, { total }] = await Promise.all([
      this.auth.getOrganizationPolicy({ organizationId: id }),
      this.auth.listVisibleRepositories({ ownerId: id, accountId: null, everything: true, limit: 1 }),
    ]);
    const inside = { privateRepositories: total - publicRepositories, policy };
    return toOrganizationFull(organization, { publicRepositories, inside }, base);
  }
}

/** Only what was given. */
function readProfile(body: z.output<typeof updateBody>): Record<string, string> {
  const { company, location, description, blog, twitter_username: twitter } = body;
  const fields = { company, location, description, homepage: blog, twitter };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value ?? '']])),
  );
}

/** Only what was given; the general switch stands for all three. */
function readPolicy(body: z.output<typeof updateBody>): Partial<OrganizationPolicy> {
  const all = body.members_can_create_repositories === false ? false : undefined;
  const fields: Partial<OrganizationPolicy> = {
    baseRole: body.default_repository_permission,
    createPublic: body.members_can_create_public_repositories ?? all,
    createPrivate: body.members_can_create_private_repositories ?? all,
    createInternal: body.members_can_create_internal_repositories ?? all,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
