import { Controller, UseInterceptors } from '@nestjs/common';
import { metadataContract, retiredName, type MetadataClient } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { pageAnswer, pageQuery } from './page-query';
import { Directory } from './v3/directory';

const common = { tags: ['retired names'], scopes: ['site_admin'] } as const;
const root = '/api/packhouse/v1/retired-names';

const list = defineOperation({
  id: 'ours/list-retired-names',
  method: 'GET',
  path: root,
  summary: 'List full names of packages that nobody may make again',
  description: 'They belonged to widely used packages of accounts that were renamed or deleted.',
  ...common,
  query: pageQuery.extend({ login: z.string().max(100).optional() }),
  responses: { 200: pageAnswer(retiredName) },
});
const free = defineOperation({
  id: 'ours/free-retired-name',
  method: 'DELETE',
  path: `${root}/{id}`,
  summary: 'Let a retired name be used again',
  ...common,
  secondFactor: 'account',
  params: z.object({ id: z.uuid() }),
  responses: { 204: 'It is free.' },
});

/** Retired names, for site administrators. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class RetiredNamesController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly directory: Directory,
  ) {}

  @Operation(list)
  list(@Input() { caller, query }: InputOf<typeof list>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const { login = null, ...window } = query;
    return this.metadata.listRetiredNames({ login, ...window });
  }

  @Operation(free)
  async free(@Input() { caller, params }: InputOf<typeof free>): Promise<void> {
    this.directory.requireSiteAdministrator(caller);
    await this.metadata.freeRetiredName({ retiredNameId: params.id, actor: actorOf(caller) });
  }
}
