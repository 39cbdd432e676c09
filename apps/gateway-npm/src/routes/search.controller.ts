import { Controller, Get, Query, Req, UseInterceptors } from '@nestjs/common';
import { authContract, metadataContract, type AuthClient, type MetadataClient } from '@packhouse/contracts';
import { InjectClient } from '@packhouse/gateway-kit';
import type { FastifyRequest } from 'fastify';
import { describeHit, readSearchText } from '../codec/search';
import { NoStore } from '../no-store';
import { NpmCallers } from '../npm-callers';
import { npmFormat } from '../npm.format';
import { readQuery } from '../query';

const DEFAULT_SIZE = 20;
const MAX_SIZE = 250;

/** `npm search` (A3.5): only what the caller may read, `total` included. */
@Controller('_registry/npm/-/v1/search')
@UseInterceptors(NoStore)
export class SearchController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: NpmCallers,
  ) {}

  @Get()
  async search(@Req() request: FastifyRequest, @Query() parameters: unknown): Promise<object> {
    const { principal } = await this.callers.forRead(request);
    const query = readQuery(parameters);
    const wanted = readSearchText(query.get('text') ?? '');
    const ownerIds = await this.findOwners(wanted.owners);
    const time = new Date().toISOString();
    if (ownerIds?.length === 0) return { objects: [], total: 0, time };
    const readable = await this.auth.listReadable({ principal });
    const { total, items } = await this.metadata.searchPackages({
      format: npmFormat.id,
      text: wanted.text,
      keywords: wanted.keywords,
      ownerIds,
      readable,
      offset: clamp(query.get('from'), 0, 10_000, 0),
      limit: clamp(query.get('size'), 0, MAX_SIZE, DEFAULT_SIZE),
    });
    return { objects: items.map((item) => describeHit(item)), total, time };
  }

  /** Null: of any owner. */
  private async findOwners(logins: readonly string[]): Promise<string[] | null> {
    if (logins.length === 0) return null;
    const found = await Promise.all(logins.slice(0, 20).map((login) => this.auth.findAccount({ login })));
    return found.flatMap(({ account }) => (account ? [account.id] : []));
  }
}

function clamp(text: string | undefined, min: number, max: number, byDefault: number): number {
  const value = Number.parseInt(text ?? '', 10);
  return Number.isNaN(value) ? byDefault : Math.min(Math.max(value, min), max);
}
