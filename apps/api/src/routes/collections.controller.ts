import { Controller, UseInterceptors } from '@nestjs/common';
import { blobsContract, collection, type BlobsClient } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { pageAnswer, pageQuery } from './page-query';
import { Directory } from './v3/directory';

const common = { tags: ['operations'], scopes: ['site_admin'] } as const;
const root = '/api/packhouse/v1/operations/blob-collections';
const started = {
  ...common,
  method: 'POST',
  secondFactor: 'account',
  body: z.object({ dryRun: z.boolean().default(false) }),
  responses: { 201: collection },
} as const;

const list = defineOperation({
  id: 'ours/list-blob-collections',
  method: 'GET',
  path: root,
  summary: 'Removals of content that nothing uses, and inventories, latest first',
  ...common,
  query: pageQuery,
  responses: { 200: pageAnswer(collection) },
});
const start = defineOperation({
  ...started,
  id: 'ours/start-blob-collection',
  path: root,
  summary: 'Remove content that nothing has used for a while now, or only count it',
  description:
    'A collection goes on after the answer; the list shows its figures. Publishing is never held up.',
});
const takeInventory = defineOperation({
  ...started,
  id: 'ours/start-blob-inventory',
  path: '/api/packhouse/v1/operations/blob-inventories',
  summary: 'Compare what is stored with the ledger now, and remove old content that it does not name',
  description:
    'It goes on after the answer; the list of collections shows its figures. With `dryRun` nothing is removed. Content that is ' +
    'in use and not stored is counted and named in the log.',
});

/** Collection of unused content, for site administrators. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class CollectionsController {
  constructor(
    @InjectClient(blobsContract) private readonly blobs: BlobsClient,
    private readonly directory: Directory,
  ) {}

  @Operation(list)
  async list(@Input() { caller, query }: InputOf<typeof list>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const { cursor, limit } = query;
    if (cursor !== null && !/^\d{1,6}$/.test(cursor))
      throw new DomainError('invalid_request', 'The cursor is not one that this list gave.');
    const offset = Number(cursor ?? 0);
    const { items, total } = await this.blobs.listCollections({ offset, limit });
    const end = offset + items.length;
    return { items, next: items.length > 0 && end < total ? String(end) : null };
  }

  @Operation(start)
  async start(@Input() { caller, body }: InputOf<typeof start>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    return (await this.blobs.collectBlobs({ dryRun: body.dryRun, actor: actorOf(caller) })).collection;
  }

  @Operation(takeInventory)
  async takeInventory(@Input() { caller, body }: InputOf<typeof takeInventory>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    return (await this.blobs.takeInventory({ dryRun: body.dryRun, actor: actorOf(caller) })).collection;
  }
}
