import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  factKey,
  metadataContract,
  type AuthClient,
  type MetadataClient,
  type Readable,
} from '@packhouse/contracts';
import {
  FactCache,
  InjectClient,
  INVALIDATIONS,
  type Caller,
  type Invalidations,
} from '@packhouse/gateway-kit';
import { REGISTRY_PRODUCT, type RegistryProduct } from '../product';

interface NamedOwner {
  readonly id: string;
  readonly login: string;
}

/** Longest page, whatever is asked for. */
export const MAX_CATALOG_PAGE = 1000;
const OWNERS_AT_ONCE = 200;
const ACCOUNTS_AT_ONCE = 500;

/** The names of the repositories that a caller may read, in byte order (spec 4.5). */
@Injectable()
export class RegistryCatalog {
  private readonly logins: FactCache<string>;

  constructor(
    @Inject(REGISTRY_PRODUCT) private readonly product: RegistryProduct,
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.logins = new FactCache(invalidations, { max: 20_000 });
  }

  /** From just behind `last`, which need not exist; of a longer page the beginning. A page of nothing is the last one. */
  async list(
    { principal }: Caller,
    { last, limit }: { readonly last: string | null; readonly limit: number },
  ): Promise<{ names: string[]; isEnd: boolean }> {
    if (limit === 0) return { names: [], isEnd: true };
    const { format } = this.product;
    const readable = await this.auth.listReadable({ principal });
    const owners = (await this.listOwners(readable)).filter(({ login }) => reachesBehind(login, last));
    const wanted = Math.min(limit, MAX_CATALOG_PAGE);
    const names: string[] = [];
    for (let from = 0; from < owners.length; from += OWNERS_AT_ONCE) {
      if (names.length === wanted) return { names, isEnd: false };
      const batch = owners.slice(from, from + OWNERS_AT_ONCE);
      const room = wanted - names.length;
      const page = await this.metadata.listPackageNames({
        ...{ format, readable, owners: batch, after: last, limit: room },
      });
      names.push(...page.names);
      if (!page.isEnd) return { names, isEnd: false };
    }
    return { names, isEnd: true };
  }

  /** In the order of their names with the `/` that follows them. */
  private async listOwners(readable: Readable): Promise<NamedOwner[]> {
    const { format } = this.product;
    const ids: string[] = [];
    for (let isEnd = false; !isEnd;) {
      const page = await this.metadata.listPackageOwners({ format, readable, after: ids.at(-1) ?? null });
      ids.push(...page.ownerIds);
      isEnd = page.isEnd;
    }
    return (await this.nameAll(ids)).sort((a, b) => (`${a.login}/` < `${b.login}/` ? -1 : 1));
  }

  private async nameAll(ids: readonly string[]): Promise<NamedOwner[]> {
    const unknown = ids.filter((id) => this.logins.peek(id) === undefined);
    const named = new Map(ids.map((id) => [id, this.logins.peek(id)]));
    for (let from = 0; from < unknown.length; from += ACCOUNTS_AT_ONCE) {
      const batch = unknown.slice(from, from + ACCOUNTS_AT_ONCE);
      const accounts = this.auth.getAccounts({ ids: batch });
      // One by one, so that a name that changes while it is read is not kept.
      const load = async (id: string) => {
        const account = (await accounts).accounts.find((one) => one.id === id);
        const value = account?.login.toLowerCase() ?? '';
        return { value, keys: [factKey.account(id)], keep: account !== undefined };
      };
      for (const id of batch) named.set(id, await this.logins.get(id, () => load(id)));
    }
    // An owner that is gone: its packages follow.
    return [...named].flatMap(([id, login]) => (login ? [{ id, login }] : []));
  }
}

/** Whether names of this owner may come behind `last`. */
function reachesBehind(login: string, last: string | null): boolean {
  const prefix = `${login}/`;
  return last === null || prefix > last || last.startsWith(prefix);
}
