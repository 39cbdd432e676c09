import { Inject, Injectable } from '@nestjs/common';
import { factKey, type PagedPackage } from '@packhouse/contracts';
import { FactCache, INVALIDATIONS, type Invalidations, type ReadFact } from '@packhouse/messaging';

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
    const found = await this.cache.findMany(ids, async (missing) => factsOf(await read(missing)));
    return found.flatMap((one) => one ?? []);
  }
}

function keyOf({ format, ownerId, nameKey }: PagedPackage): string {
  return factKey.packageName(format, ownerId, nameKey);
}

/** Under ids as orders write them: without dashes. */
function factsOf(packages: readonly PagedPackage[]): ReadonlyMap<string, ReadFact<PagedPackage>> {
  return new Map(packages.map((one) => [one.id.replaceAll('-', ''), { value: one, keys: [keyOf(one)] }]));
}
