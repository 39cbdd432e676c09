import type { PackageFacts } from '@packhouse/contracts';

/** What a caller may read besides public packages. */
export interface Readable {
  readonly ownerIds: readonly string[];
  readonly packageIds: readonly string[];
}

/** Whether a package may be named in a list for this caller. */
export function isReadable(facts: PackageFacts, readable: Readable): boolean {
  return (
    facts.visibility === 'public' ||
    readable.ownerIds.includes(facts.ownerId) ||
    readable.packageIds.includes(facts.id)
  );
}
