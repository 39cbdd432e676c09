import { Inject, Injectable } from '@nestjs/common';
import { factKey, type PagedPackage } from '@packhouse/contracts';
import { FactCache, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';

/** About 1 KB each. */
const MAX_KEPT = 20_000;

/** Packages as pages show them, kept until they change. */
@Injectable()
export class KeptPagedPackages {
  private readonly cache: FactCache<PagedPackage>;

  constructor(@Inject(INVALIDATIONS) invalidations: Invalidations) {
    this.cache = new FactCache(invalidations, { max: MAX_KEPT });
  }

  /** In the order of the ids; `read` is called once for all that are not known. */
  async list(
    ids: readonly string[],
    read: (missing: readonly string[]) => Promise<readonly PagedPackage[]>,
  ): Promise<PagedPackage[]> {
    const missing: string[] = [];
    let reading: Promise<ReadonlyMap<string, PagedPackage>> | undefined;
    const find = async (id: string) => {
      missing.push(id);
      // Not before all have been asked for.
      reading ??= Promise.resolve().then(async () => byId(await read(missing)));
      const value = (await reading).get(id);
      return value ? { value, keys: [keyOf(value)] } : null;
    };
    const found = await Promise.all(ids.map((id) => this.cache.find(id, () => find(id))));
    return found.flatMap((one) => one ?? []);
  }
}

function keyOf({ format, ownerId, nameKey }: PagedPackage): string {
  return factKey.packageName(format, ownerId, nameKey);
}

/** Under ids as orders write them: without dashes. */
function byId(packages: readonly PagedPackage[]): ReadonlyMap<string, PagedPackage> {
  return new Map(packages.map((one) => [one.id.replaceAll('-', ''), one]));
}
