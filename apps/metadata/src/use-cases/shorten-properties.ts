import type { FoundPackage } from '../persistence/search.repository';

const MAX_BYTES = 600_000;
/** Longest property that a list of results shows, tried in this order until all results fit one message. */
const LIMITS = [4000, 1000, 200, 0];

/**
 * Leaves long properties (a readme) out of search results: a result is a hint, its package tells the rest.
 * The results themselves are never dropped, so that paging by offset stays true.
 */
export function shortenProperties(items: readonly FoundPackage[]): FoundPackage[] {
  let shortened: FoundPackage[] = [];
  for (const limit of LIMITS) {
    shortened = items.map((item) => ({
      ...item,
      properties: keepShort(item.properties, limit),
      latest: item.latest && { ...item.latest, properties: keepShort(item.latest.properties, limit) },
    }));
    if (Buffer.byteLength(JSON.stringify(shortened)) <= MAX_BYTES) break;
  }
  return shortened;
}

function keepShort(properties: Readonly<Record<string, string>>, limit: number): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value.length <= limit));
}
