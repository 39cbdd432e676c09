import { Inject, Injectable } from '@nestjs/common';
import { factKey, type PackageSummary } from '@packhouse/contracts';
import { FactCache, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';

/** About 1 KB each. */
const MAX_KEPT = 10_000;
/** Downloads are counted without a word to anybody: lists show those of a few seconds ago. */
const TTL_MS = 5000;

/** Packages as lists show them, kept until they change. */
@Injectable()
export class KeptSummaries {
  private readonly cache: FactCache<PackageSummary>;

  constructor(@Inject(INVALIDATIONS) invalidations: Invalidations) {
    this.cache = new FactCache(invalidations, { max: MAX_KEPT, ttlMs: TTL_MS });
  }

  /** In the order of the ids; `read` is called once for all that are not known. */
  async list(
    ids: readonly string[],
    read: (missing: readonly string[]) => Promise<readonly PackageSummary[]>,
  ): Promise<PackageSummary[]> {
    const missing: string[] = [];
    let reading: Promise<ReadonlyMap<string, PackageSummary>> | undefined;
    const find = async (id: string) => {
      missing.push(id);
      // Not before all have been asked for.
      reading ??= Promise.resolve().then(async () => byId(await read(missing)));
      const value = (await reading).get(id);
      return value ? { value, keys: [keyOf(value)] } : null;
    };
    const found = await Promise.all(ids.map((id) => this.cache.find(id, () => find(id))));
    return found.flatMap((summary) => summary ?? []);
  }
}

function keyOf({ format, ownerId, nameKey }: PackageSummary): string {
  return factKey.packageName(format, ownerId, nameKey);
}

/** Under ids as orders write them: without dashes. */
function byId(summaries: readonly PackageSummary[]): ReadonlyMap<string, PackageSummary> {
  return new Map(summaries.map((summary) => [summary.id.replaceAll('-', ''), summary]));
}
