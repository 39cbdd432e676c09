import type { Repository } from './auth.repositories';
import type { Readable } from './auth.schemas';
import type { PackageFacts } from './metadata.schemas';
import { matchesName } from './name-pattern';

/**
 * Whether a package may be named in a list for this caller: the same condition as lists are filtered by. `readable` must be
 * complete (`completeReadable`).
 */
export function isReadable(facts: PackageFacts, readable: Readable): boolean {
  if (readable.disabledFormats.includes(facts.format)) return false;
  if (facts.visibility === 'public') return true;
  if (facts.scope === 'repository' && !readable.repositoryScoped) return false;
  if (!isKnown(facts, readable)) return false;
  const { namePatterns } = readable;
  return namePatterns === null || namePatterns.some((pattern) => matchesName(pattern, facts.name));
}

function isKnown({ id, ownerId, visibility, repositoryId, ...facts }: PackageFacts, of: Readable): boolean {
  if (of.everything || has(of.ownerIds, ownerId) || has(of.workflowPackageIds, id)) return true;
  if (visibility === 'internal' && has(of.internalOwnerIds, ownerId)) return true;
  if (!facts.inheritsAccess && facts.scope === 'owner') return has(of.packageIds, id);
  if (repositoryId === null) return false;
  return has(of.inheritingOwnerIds, ownerId) || has(of.repositoryIds, repositoryId);
}

/** Whether a caller may know of a repository; `readable` must be complete. */
export function isReadableRepository(
  { id, ownerId, visibility }: Pick<Repository, 'id' | 'ownerId' | 'visibility'>,
  readable: Readable,
): boolean {
  if (visibility === 'public' || readable.everything || has(readable.repositoryIds, id)) return true;
  if (visibility === 'internal' && has(readable.internalOwnerIds, ownerId)) return true;
  return has(readable.ownerIds, ownerId) || has(readable.inheritingOwnerIds, ownerId);
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A long list is made a set once: it is asked for every package of a list. */
function has(ids: readonly string[], id: string): boolean {
  if (ids.length < 20) return ids.includes(id);
  let set = sets.get(ids);
  if (!set) sets.set(ids, (set = new Set(ids)));
  return set.has(id);
}
