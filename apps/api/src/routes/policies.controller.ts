import { Controller, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  formatState,
  metadataContract,
  organizationPolicy,
  type AuthClient,
  type MetadataClient,
} from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { Directory } from './v3/directory';

const tags = ['policies'];
const orgParams = z.object({ org: z.string() });
const formatPolicy = z.object({ format: z.string(), state: formatState });

const getPolicy = defineOperation({
  id: 'ours/get-organization-policy',
  method: 'GET',
  path: '/api/packhouse/v1/organizations/{org}/policy',
  summary: 'What an organization lets its members do, for members',
  tags,
  scopes: ['read:org'],
  params: orgParams,
  responses: { 200: organizationPolicy, 403: 'The caller is no member.' },
});
const setPolicy = defineOperation({
  id: 'ours/set-organization-policy',
  method: 'PATCH',
  path: '/api/packhouse/v1/organizations/{org}/policy',
  summary: 'Change what an organization lets its members do; what is not given stays',
  tags,
  scopes: ['admin:org'],
  secondFactor: 'account',
  params: orgParams,
  body: z.strictObject(organizationPolicy.partial().shape),
  responses: { 200: organizationPolicy, 403: 'The caller is no owner.' },
});
const listFormatPolicies = defineOperation({
  id: 'ours/list-format-policies',
  method: 'GET',
  path: '/api/packhouse/v1/format-policies',
  summary: 'Which formats are enabled, read-only or disabled, for site administrators',
  tags,
  scopes: ['site_admin'],
  responses: { 200: z.object({ items: z.array(formatPolicy) }) },
});
const setFormatPolicy = defineOperation({
  id: 'ours/set-format-policy',
  method: 'PUT',
  path: '/api/packhouse/v1/format-policies/{format}',
  summary: 'Enable a format, make it read-only or disable it',
  tags,
  scopes: ['site_admin'],
  secondFactor: 'account',
  params: z.object({ format: z.string() }),
  body: z.strictObject({ state: formatState }),
  responses: { 200: formatPolicy, 404: 'This instance has no such format.' },
});

/** What organizations and the instance allow. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class PoliciesController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly directory: Directory,
  ) {}

  @Operation(getPolicy)
  async read(@Input() { caller, params }: InputOf<typeof getPolicy>): Promise<object> {
    const { organization } = await this.directory.getOwnOrganization(caller, params.org);
    return (await this.auth.getOrganizationPolicy({ organizationId: organization.id })).policy;
  }

  @Operation(setPolicy)
  async set(@Input() { body, caller, params }: InputOf<typeof setPolicy>): Promise<object> {
    const { id: organizationId } = await this.directory.getOwnedOrganization(caller, params.org);
    const wanted = { organizationId, policy: body, actor: actorOf(caller) };
    return (await this.auth.setOrganizationPolicy(wanted)).policy;
  }

  /** Every format that the instance has, those that nobody ever switched included. */
  @Operation(listFormatPolicies)
  async listFormats(@Input() { caller }: InputOf<typeof listFormatPolicies>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const [{ formats }, { policies }] = await Promise.all([
      this.metadata.listFormats({}),
      this.auth.listFormatPolicies({}),
    ]);
    const states = new Map(policies.map(({ format, state }) => [format, state]));
    return { items: formats.map(({ id }) => ({ format: id, state: states.get(id) ?? 'enabled' })) };
  }

  @Operation(setFormatPolicy)
  async setFormat(@Input() { body, caller, params }: InputOf<typeof setFormatPolicy>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const { format } = params;
    const { formats } = await this.metadata.listFormats({});
    if (!formats.some(({ id }) => id === format)) {
      const known = formats.map(({ id }) => id).join(', ');
      throw new DomainError('not_found', `There is no format "${format.slice(0, 40)}" here, only: ${known}.`);
    }
    await this.auth.setFormatPolicy({ format, state: body.state, actor: actorOf(caller) });
    return { format, state: body.state };
  }
}
