import type { Readable } from '@packhouse/contracts';
import { escapeLike } from './sql';

/**
 * The condition that keeps from lists, searches and counts what the caller may not read. `p` is the package;
 * `add` takes a parameter and gives its `$n`.
 */
export function readableCondition(readable: Readable, add: (value: unknown) => string): string {
  if (readable.everything && readable.namePatterns === null) return 'true';
  const known = readable.everything
    ? 'true'
    : `(p.owner_id = ANY(${add(readable.ownerIds)}::uuid[])
       OR (p.visibility = 'internal' AND p.owner_id = ANY(${add(readable.internalOwnerIds)}::uuid[]))
       OR (p.inherits_access AND p.repository_id = ANY(${add(readable.repositoryIds)}::uuid[]))
       OR (NOT p.inherits_access AND p.id = ANY(${add(readable.packageIds)}::uuid[])))`;
  return `(p.visibility = 'public' OR (${known}${narrowed(readable, add)}))`;
}

function narrowed({ namePatterns }: Readable, add: (value: unknown) => string): string {
  if (namePatterns === null) return '';
  const likes = namePatterns.map((pattern) => pattern.split('*').map(escapeLike).join('%'));
  return ` AND p.name LIKE ANY(${add(likes)}::text[])`;
}
