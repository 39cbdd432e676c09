import { Injectable } from '@nestjs/common';
import { answerJson } from '../answer';
import { CLIENT_ROOT } from '../api-root';
import { nextLink, readPageQuery } from '../codec/page-query';
import { RegistryCallers } from '../token/registry-callers';
import { MAX_CATALOG_PAGE, RegistryCatalog } from '../token/registry-catalog';
import type { CallOf, Methods } from './call';

const PATH = `${CLIENT_ROOT}/_catalog`;
/** Without a number, as other registries do. */
const USUAL_PAGE = 100;

/** `/_catalog`: the repositories that the caller may read. */
@Injectable()
export class Catalog {
  readonly methods: Methods<'catalog'>;

  constructor(
    private readonly callers: RegistryCallers,
    private readonly catalog: RegistryCatalog,
  ) {
    this.methods = { GET: (call) => this.list(call) };
  }

  private async list({ request, reply, query }: CallOf<'catalog'>): Promise<void> {
    const caller = await this.callers.identify(request);
    this.callers.requireCatalog(caller);
    const { count, last } = readPageQuery(query, MAX_CATALOG_PAGE);
    const { names, isEnd } = await this.catalog.list(caller, { last, limit: count ?? USUAL_PAGE });
    const after = names.at(-1);
    const link =
      isEnd || after === undefined
        ? {}
        : { link: nextLink(PATH, query, { n: String(names.length), last: after }) };
    answerJson(reply, JSON.stringify({ repositories: names }), link);
  }
}
