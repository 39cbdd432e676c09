import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, enterprise, type AuthClient, type Enterprise } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { accountView, describeAccount } from './account-view';
import { pageAnswer } from './page-query';
import { Directory } from './v3/directory';

const common = { tags: ['enterprises'], scopes: ['site_admin'] } as const;
const changing = { ...common, secondFactor: 'account' } as const;
const root = '/api/packhouse/v1/enterprises';
const params = z.object({ enterprise: z.string() });
const organizationParams = params.extend({ org: z.string() });
/** The cursor of these lists counts: they are short. */
const query = z.object({
  cursor: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

const create = defineOperation({
  id: 'ours/create-enterprise',
  method: 'POST',
  path: root,
  summary: 'Make an enterprise: organizations that share their internal packages',
  ...changing,
  body: z.strictObject({ slug: z.string(), name: z.string().max(200).default('') }),
  responses: { 201: enterprise, 409: 'The slug is taken.' },
});
const list = defineOperation({
  id: 'ours/list-enterprises',
  method: 'GET',
  path: root,
  summary: 'List enterprises',
  ...common,
  query,
  responses: { 200: pageAnswer(enterprise) },
});
const read = defineOperation({
  id: 'ours/get-enterprise',
  method: 'GET',
  path: `${root}/{enterprise}`,
  summary: 'One enterprise',
  ...common,
  params,
  responses: { 200: enterprise },
});
const remove = defineOperation({
  id: 'ours/delete-enterprise',
  method: 'DELETE',
  path: `${root}/{enterprise}`,
  summary: 'Delete an enterprise; its organizations stay',
  ...changing,
  params,
  responses: { 204: 'It is gone.' },
});
const listOrganizations = defineOperation({
  id: 'ours/list-enterprise-organizations',
  method: 'GET',
  path: `${root}/{enterprise}/organizations`,
  summary: 'List the organizations of an enterprise',
  ...common,
  params,
  query,
  responses: { 200: pageAnswer(accountView) },
});
const addOrganization = defineOperation({
  id: 'ours/add-enterprise-organization',
  method: 'PUT',
  path: `${root}/{enterprise}/organizations/{org}`,
  summary: 'Put an organization into an enterprise',
  ...changing,
  params: organizationParams,
  responses: { 204: 'It is in it.' },
});
const removeOrganization = defineOperation({
  id: 'ours/remove-enterprise-organization',
  method: 'DELETE',
  path: `${root}/{enterprise}/organizations/{org}`,
  summary: 'Take an organization out of an enterprise',
  ...changing,
  params: organizationParams,
  responses: { 204: 'It is not in it.' },
});

/** Enterprises, for site administrators. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class EnterprisesController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
  ) {}

  @Operation(create)
  async create(@Input() { body, caller }: InputOf<typeof create>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    return (await this.auth.createEnterprise({ ...body, actor: actorOf(caller) })).enterprise;
  }

  @Operation(list)
  async list(@Input() { caller, query: { cursor, limit } }: InputOf<typeof list>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const { items, total } = await this.auth.listEnterprises({ offset: cursor, limit });
    return { items, next: nextOf(cursor, limit, total) };
  }

  @Operation(read)
  read(@Input() { caller, params: { enterprise: slug } }: InputOf<typeof read>): Promise<Enterprise> {
    this.directory.requireSiteAdministrator(caller);
    return this.get(slug);
  }

  @Operation(remove)
  async remove(@Input() input: InputOf<typeof remove>): Promise<void> {
    const { caller } = input;
    this.directory.requireSiteAdministrator(caller);
    const { id: enterpriseId } = await this.get(input.params.enterprise);
    await this.auth.deleteEnterprise({ enterpriseId, actor: actorOf(caller) });
  }

  @Operation(listOrganizations)
  async listOrganizations(@Input() input: InputOf<typeof listOrganizations>): Promise<object> {
    this.directory.requireSiteAdministrator(input.caller);
    const { cursor, limit } = input.query;
    const { id: enterpriseId } = await this.get(input.params.enterprise);
    const wanted = { enterpriseId, offset: cursor, limit };
    const { items, total } = await this.auth.listEnterpriseOrganizations(wanted);
    return { items: items.map(describeAccount), next: nextOf(cursor, limit, total) };
  }

  @Operation(addOrganization)
  async addOrganization(@Input() input: InputOf<typeof addOrganization>): Promise<void> {
    await this.auth.addEnterpriseOrganization(await this.readOrganization(input));
  }

  @Operation(removeOrganization)
  async removeOrganization(@Input() input: InputOf<typeof removeOrganization>): Promise<void> {
    await this.auth.removeEnterpriseOrganization(await this.readOrganization(input));
  }

  private async readOrganization({ caller, params: names }: InputOf<typeof addOrganization>) {
    this.directory.requireSiteAdministrator(caller);
    const { id: enterpriseId } = await this.get(names.enterprise);
    const { id: organizationId } = await this.directory.getAccount(names.org, 'organization');
    return { enterpriseId, organizationId, actor: actorOf(caller) };
  }

  private async get(slug: string): Promise<Enterprise> {
    const { enterprise: found } = await this.auth.findEnterprise({ slug });
    if (!found) throw new DomainError('not_found', `There is no enterprise "${slug.slice(0, 60)}".`);
    return found;
  }
}

function nextOf(cursor: number, limit: number, total: number): string | null {
  return cursor + limit < total ? String(cursor + limit) : null;
}
