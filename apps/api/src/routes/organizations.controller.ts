import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, id, type AuthClient } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { accountView, describeAccount } from './account-view';
import { pageAnswer, pageQuery } from './page-query';

const newOrganization = z.strictObject({
  login: z.string(),
  displayName: z.string().max(200).optional(),
  owner: z.string().optional(),
});
const role = z.enum(['owner', 'member']);
const memberView = z.object({ accountId: id, login: z.string(), role });
const path = '/api/packhouse/v1/organizations';
const tags = ['organizations'];
const orgParams = z.object({ org: z.string() });
const memberParams = z.object({ org: z.string(), login: z.string() });

const createOrganization = defineOperation({
  id: 'ours/create-organization',
  method: 'POST',
  path,
  summary: 'Make an organization',
  description: 'The caller becomes the owner; a site administrator may name another.',
  tags,
  scopes: ['admin:org'],
  body: newOrganization,
  responses: { 201: accountView, 409: 'The login is taken.' },
});
const listOrganizations = defineOperation({
  id: 'ours/list-organizations',
  method: 'GET',
  path,
  summary: 'List organizations',
  tags,
  query: pageQuery,
  responses: { 200: pageAnswer(accountView) },
});
const getOrganization = defineOperation({
  id: 'ours/get-organization',
  method: 'GET',
  path: `${path}/{org}`,
  summary: 'One organization',
  tags,
  params: orgParams,
  responses: { 200: accountView },
});
const listMembers = defineOperation({
  id: 'ours/list-members',
  method: 'GET',
  path: `${path}/{org}/members`,
  summary: 'List the members of an organization, as one of them',
  tags,
  params: orgParams,
  query: pageQuery,
  responses: { 200: pageAnswer(memberView) },
});
const setMember = defineOperation({
  id: 'ours/set-member',
  method: 'PUT',
  path: `${path}/{org}/members/{login}`,
  summary: 'Add a member or change its role',
  tags,
  scopes: ['admin:org'],
  params: memberParams,
  body: z.strictObject({ role: role.default('member') }),
  responses: { 204: 'It is a member in that role.' },
});
const removeMember = defineOperation({
  id: 'ours/remove-member',
  method: 'DELETE',
  path: `${path}/{org}/members/{login}`,
  summary: 'Remove a member',
  tags,
  scopes: ['admin:org'],
  params: memberParams,
  responses: { 204: 'It is no member.' },
});

/** Organizations and their members. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class OrganizationsController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
  ) {}

  @Operation(createOrganization)
  async create(@Input() { body, request }: InputOf<typeof createOrganization>): Promise<object> {
    const caller = await this.callers.forChange(request, 'admin:org');
    const { login, displayName, owner } = body;
    if (owner !== undefined && !caller.principal.siteAdmin)
      throw new DomainError('forbidden', 'Only site administrators name another owner.');
    const ownerAccountId =
      owner === undefined ? caller.principal.accountId : (await this.callers.findAccount(owner, 'user')).id;
    const { account } = await this.auth.createOrganization({
      login,
      displayName,
      ownerAccountId,
      actor: actorOf(caller),
    });
    return describeAccount(account);
  }

  @Operation(listOrganizations)
  async list(@Input() { query }: InputOf<typeof listOrganizations>): Promise<object> {
    const page = await this.auth.listAccounts({ kind: 'organization', ...query });
    return { items: page.items.map(describeAccount), next: page.next };
  }

  @Operation(getOrganization)
  async read(@Input() { params }: InputOf<typeof getOrganization>): Promise<object> {
    return describeAccount(await this.callers.findAccount(params.org, 'organization'));
  }

  @Operation(listMembers)
  async listMembers(@Input() { params, query, caller }: InputOf<typeof listMembers>): Promise<object> {
    const { principal } = caller;
    const organization = await this.callers.findAccount(params.org, 'organization');
    const membership = await this.auth.findMembership({
      organizationId: organization.id,
      accountId: principal.accountId,
    });
    if (!membership.role && !principal.siteAdmin)
      throw new DomainError('forbidden', `Only members of ${organization.login} see who its members are.`);
    return this.auth.listMembers({ organizationId: organization.id, ...query });
  }

  @Operation(setMember)
  async setMember(@Input() { params, body, request }: InputOf<typeof setMember>): Promise<void> {
    const { caller, organization } = await this.callers.ownedOrganization(request, params.org);
    const member = await this.callers.findAccount(params.login, 'user');
    await this.auth.setMember({
      organizationId: organization.id,
      accountId: member.id,
      role: body.role,
      actor: actorOf(caller),
    });
  }

  @Operation(removeMember)
  async removeMember(@Input() { params, request }: InputOf<typeof removeMember>): Promise<void> {
    const { caller, organization } = await this.callers.ownedOrganization(request, params.org);
    const member = await this.callers.findAccount(params.login, 'user');
    await this.auth.removeMember({
      organizationId: organization.id,
      accountId: member.id,
      actor: actorOf(caller),
    });
  }
}
