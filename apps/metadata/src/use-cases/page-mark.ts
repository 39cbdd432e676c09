import type { PagedPackage } from '@packhouse/contracts';
import { sha256Hex } from '@packhouse/kernel';

/** A summary is never changed, and kept as long as it is true. */
const known = new WeakMap<PagedPackage, string>();

/** A text that two pages share only when they say the same of the same packages in the same order. */
export function markOf(items: readonly PagedPackage[]): string {
  return sha256Hex(items.map(hashOf).join());
}

function hashOf(item: PagedPackage): string {
  let hash = known.get(item);
  if (hash === undefined) known.set(item, (hash = sha256Hex(JSON.stringify(item))));
  return hash;
}
