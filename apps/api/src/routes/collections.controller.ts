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

const list = defineOperation({
  id: 'ours/list-blob-collections',
  method: 'GET',
  path: root,
  summary: 'Removals of content that nothing used any more, latest first',
  ...common,
  query: pageQuery,
  responses: { 200: pageAnswer(collection) },
});
const start = defineOperation({
  id: 'ours/start-blob-collection',
  method: 'POST',
  path: root,
  summary: 'Remove content that nothing has used for a while now, or only count it',
  description:
    'A collection goes on after the answer; the list shows its figures. Publishing is never held up.',
  ...common,
  secondFactor: 'account',
  body: z.object({ dryRun: z.boolean().default(false) }),
  responses: { 201: collection },
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
}
