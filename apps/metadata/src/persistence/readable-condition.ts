import type { Readable } from '@packhouse/contracts';
import { escapeLike } from './sql';

/**
 * The condition that keeps from lists, searches and counts what the caller may not read. `p` is the package;
 * `add` takes a parameter and gives its `$n`. It says the same as `isReadable` of the contracts.
 */
export function readableCondition(readable: Readable, add: (value: unknown) => string): string {
  const { disabledFormats } = readable;
  const enabled = disabledFormats.length > 0 ? `p.format <> ALL(${add(disabledFormats)}::text[]) AND ` : '';
  return `(${enabled}${shownCondition(readable, add)})`;
}

function shownCondition(readable: Readable, add: (value: unknown) => string): string {
  const known = readable.everything ? 'true' : knownCondition(readable, add);
  const withScope = readable.repositoryScoped ? known : `p.scope = 'owner' AND ${known}`;
  const shown = `${withScope}${narrowed(readable, add)}`;
  return shown === 'true' ? 'true' : `(p.visibility = 'public' OR (${shown}))`;
}

function knownCondition(readable: Readable, add: (value: unknown) => string): string {
  const uuids = (ids: readonly string[]): string => `ANY(${add(uuidArray(ids))}::uuid[])`;
  const inherits = `(p.inherits_access OR p.scope = 'repository')`;
  return `(p.owner_id = ${uuids(readable.ownerIds)}
    OR (p.visibility = 'internal' AND p.owner_id = ${uuids(readable.internalOwnerIds)})
    OR (${inherits} AND p.repository_id IS NOT NULL AND p.owner_id = ${uuids(readable.inheritingOwnerIds)})
    OR (${inherits} AND p.repository_id = ${uuids(readable.repositoryIds)})
    OR (NOT ${inherits} AND p.id = ${uuids(readable.packageIds)})
    OR p.id = ${uuids(readable.workflowPackageIds)})`;
}

const written = new WeakMap<readonly string[], string>();

/** A parameter of type uuid[]; a long list is written once, not for every statement. */
export function uuidArray(ids: readonly string[]): readonly string[] | string {
  if (ids.length < 100) return ids;
  let text = written.get(ids);
  if (text === undefined) written.set(ids, (text = `{${ids.join()}}`));
  return text;
}

function narrowed({ namePatterns }: Readable, add: (value: unknown) => string): string {
  if (namePatterns === null) return '';
  const likes = namePatterns.map((pattern) => pattern.split('*').map(escapeLike).join('%'));
  return ` AND p.name ILIKE ANY(${add(likes)}::text[])`;
}
