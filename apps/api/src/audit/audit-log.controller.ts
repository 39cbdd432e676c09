import { Readable } from 'node:stream';
import { Controller, UseInterceptors } from '@nestjs/common';
import { auditContract, auditEntry, id, isoTime, type AuditClient } from '@packhouse/contracts';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { Answer } from '../rest/answer';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { AuditReaders } from './audit-readers';

const EXPORT_PAGE = 500;

const filterQuery = z.object({
  owner: z.string().optional().meta({ description: 'Login of the account whose entries are wanted.' }),
  actor: z.string().max(300).optional(),
  action: z.string().max(300).optional().meta({ description: 'Exact, or with * for any run of characters.' }),
  package: z.string().max(300).optional(),
  repository: z.string().max(300).optional(),
  tokenId: id.optional(),
  requestId: z.string().max(100).optional(),
  from: isoTime.optional().meta({ description: 'Inclusive.' }),
  to: isoTime.optional().meta({ description: 'Exclusive.' }),
  phrase: z.string().max(1000).optional(),
  order: z.enum(['desc', 'asc']).default('desc'),
});
type FilterQuery = z.output<typeof filterQuery>;

const listEntries = defineOperation({
  id: 'audit-log/list',
  method: 'GET',
  path: '/api/packhouse/v1/audit-log',
  summary: 'Who did what',
  description:
    'Site administrators read everything; others name an organization that they own, or themselves, in `owner`.',
  tags: ['audit-log'],
  scopes: ['read:audit_log', 'site_admin'],
  query: filterQuery.extend({
    after: z.string().max(300).optional(),
    before: z.string().max(300).optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  responses: {
    200: z.object({
      items: z.array(auditEntry),
      after: z.string().nullable(),
      before: z.string().nullable(),
    }),
  },
});

const exportEntries = defineOperation({
  id: 'audit-log/export',
  method: 'GET',
  path: '/api/packhouse/v1/audit-log/export',
  summary: 'All of it as JSON lines, one entry each',
  tags: ['audit-log'],
  scopes: ['read:audit_log', 'site_admin'],
  query: filterQuery,
  responses: { 200: z.string() },
  contentType: 'application/x-ndjson',
});

/** The audit log in our own shape. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class AuditLogController {
  constructor(
    @InjectClient(auditContract) private readonly audit: AuditClient,
    private readonly readers: AuditReaders,
  ) {}

  @Operation(listEntries)
  async list(@Input() { caller, query }: InputOf<typeof listEntries>): Promise<object> {
    const { owner, ...filter } = query;
    const account = await this.readers.requireScope(caller, owner);
    return this.audit.listEntries({ ...filter, ownerId: account?.id ?? null });
  }

  /** One page of entries is in memory at a time, and the next is asked for when the client has taken the one before. */
  @Operation(exportEntries)
  async export(@Input() { caller, query }: InputOf<typeof exportEntries>): Promise<Answer> {
    const { owner, ...filter } = query;
    const account = await this.readers.requireScope(caller, owner);
    const lines = Readable.from(this.readLines(filter, account?.id ?? null), {
      objectMode: false,
      highWaterMark: 1,
    });
    return new Answer(null, lines, {
      'content-disposition': 'attachment; filename="audit-log.jsonl"',
      'cache-control': 'no-store',
    });
  }

  private async *readLines(
    filter: Omit<FilterQuery, 'owner'>,
    ownerId: string | null,
  ): AsyncGenerator<string, void> {
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<AuditClient['listEntries']>> = await this.audit.listEntries({
        ...filter,
        ownerId,
        after,
        limit: EXPORT_PAGE,
      });
      if (page.items.length > 0) yield page.items.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      after = page.after;
    } while (after !== null);
  }
}
