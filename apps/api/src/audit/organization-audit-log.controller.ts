import { Controller, UseInterceptors } from '@nestjs/common';
import {
  auditContract,
  authContract,
  type Account,
  type AuditClient,
  type AuditEntry,
  type AuthClient,
} from '@packhouse/contracts';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import type { Answer } from '../rest/answer';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { cursorPageOf, cursorQuery } from '../rest/paging';
import { AuditReaders } from './audit-readers';

/** An entry with GitHub's names; members that do not apply are left out. */
const auditLogEvent = z
  .object({
    '@timestamp': z.int(),
    _document_id: z.string(),
    action: z.string(),
    created_at: z.int(),
    actor: z.string().optional(),
    actor_id: z.int().optional(),
    actor_ip: z.string().optional(),
    actor_is_bot: z.boolean().optional(),
    token_id: z.string().optional(),
    request_id: z.string().optional(),
    operation_type: z.string(),
    org: z.string(),
    org_id: z.int(),
    repo: z.string().optional(),
    package: z.string().optional(),
    version: z.string().optional(),
    ecosystem: z.string().optional(),
    visibility: z.string().optional(),
    previous_visibility: z.string().optional(),
    user: z.string().optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'audit-log-event', title: 'audit-log-event' });

const listForOrganization = defineOperation({
  id: 'orgs/get-audit-log',
  method: 'GET',
  path: '/api/v3/orgs/{org}/audit-log',
  summary: 'The audit log of an organization, for its owners',
  tags: ['orgs'],
  scopes: ['read:audit_log', 'admin:org', 'site_admin'],
  params: z.object({ org: z.string() }),
  query: cursorQuery.extend({
    phrase: z.string().max(1000).optional(),
    include: z
      .enum(['web', 'git', 'all'])
      .default('web')
      .meta({ description: 'There are no Git events here.' }),
    order: z.enum(['desc', 'asc']).default('desc'),
  }),
  responses: { 200: z.array(auditLogEvent), 403: 'Not an owner of the organization.' },
});

/** The audit log in the shape that tools for GitHub read. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class OrganizationAuditLogController {
  constructor(
    @InjectClient(auditContract) private readonly audit: AuditClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly readers: AuditReaders,
  ) {}

  @Operation(listForOrganization)
  async list(@Input() input: InputOf<typeof listForOrganization>): Promise<Answer> {
    const { caller, params, query } = input;
    const organization = await this.readers.requireOrganization(caller, params.org);
    if (query.include === 'git') return cursorPageOf(input, [], { after: null, before: null });
    const { phrase, order, after, before, per_page: limit } = query;
    const page = await this.audit.listEntries({
      ownerId: organization.id,
      phrase,
      order,
      after,
      before,
      limit,
    });
    const numbers = await this.numbersOf(page.items);
    const events = page.items.map((entry) => toAuditLogEvent(entry, organization, numbers));
    return cursorPageOf(input, events, page);
  }

  /** GitHub's ids of accounts are numbers. Who is gone has none. */
  private async numbersOf(entries: readonly AuditEntry[]): Promise<ReadonlyMap<string, number>> {
    const ids = [...new Set(entries.flatMap(({ actorId }) => actorId ?? []))];
    if (ids.length === 0) return new Map();
    const { accounts } = await this.auth.getAccounts({ ids });
    return new Map(accounts.map(({ id, number }) => [id, number]));
  }
}

function toAuditLogEvent(
  entry: AuditEntry,
  organization: Account,
  numbers: ReadonlyMap<string, number>,
): z.input<typeof auditLogEvent> {
  const time = Date.parse(entry.at);
  const { data, before } = entry;
  return {
    '@timestamp': time,
    _document_id: entry.id,
    action: entry.action,
    created_at: time,
    actor: entry.actor ?? undefined,
    actor_id: numbers.get(entry.actorId ?? ''),
    actor_ip: entry.address ?? undefined,
    actor_is_bot: entry.actor?.endsWith('[bot]'),
    token_id: entry.tokenId ?? undefined,
    request_id: entry.requestId ?? undefined,
    operation_type: operationOf(entry.action),
    org: organization.login,
    org_id: organization.number,
    repo: entry.repository ?? undefined,
    package: entry.package ?? undefined,
    version: entry.version ?? undefined,
    ecosystem: entry.format ?? undefined,
    visibility: textOf(data.visibility),
    previous_visibility: textOf(before?.visibility),
    user: textOf(data.user),
    data,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** GitHub's word for what kind of change an action is. */
function operationOf(
  action: string,
): 'create' | 'remove' | 'restore' | 'authentication' | 'access' | 'modify' {
  if (/downloaded$|package_read$/.test(action)) return 'access';
  if (/restored|restore$/.test(action)) return 'restore';
  if (/log(in|out)$/.test(action)) return 'authentication';
  if (/create|add_|published|granted|registered/.test(action)) return 'create';
  if (/delete|destroy|remove|purged/.test(action)) return 'remove';
  return 'modify';
}
