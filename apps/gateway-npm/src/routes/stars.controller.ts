import { Controller, Get, Query, Req, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  completeReadable,
  isReadable,
  metadataContract,
  type AuthClient,
  type MetadataClient,
} from '@packhouse/contracts';
import { InjectClient } from '@packhouse/gateway-kit';
import { eachPage } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { NoStore } from '../no-store';
import { NpmCallers } from '../npm-callers';
import { npmFormat } from '../npm.format';
import { readQuery } from '../query';

/** `npm stars` (A6). */
@Controller('_registry/npm/-/_view/starredByUser')
@UseInterceptors(NoStore)
export class StarsController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: NpmCallers,
  ) {}

  /** The key is a login in JSON quotes. */
  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<object> {
    const { principal } = await this.callers.forRead(request);
    const key = readQuery(query).get('key') ?? '';
    const { account } = await this.auth.findAccount({ login: key.replace(/^"|"$/g, '').slice(0, 200) });
    if (!account) return { rows: [] };
    const { auth } = this;
    const readable = await completeReadable(auth, await auth.listReadable({ principal }));
    const rows: { value: string }[] = [];
    for await (const starred of eachPage((cursor) =>
      this.metadata.listStarred({ accountId: account.id, cursor }),
    )) {
      for (const facts of starred)
        if (facts.format === npmFormat.id && isReadable(facts, readable)) rows.push({ value: facts.name });
    }
    return { rows };
  }
}
