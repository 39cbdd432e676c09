import type { Readable } from './auth.schemas';
import type { PackageFacts } from './metadata.schemas';
import { matchesName } from './name-pattern';

/** Whether a package may be named in a list for this caller: the same condition as lists are filtered by. */
export function isReadable(facts: PackageFacts, readable: Readable): boolean {
  if (readable.disabledFormats.includes(facts.format)) return false;
  if (facts.visibility === 'public') return true;
  if (facts.scope === 'repository' && !readable.repositoryScoped) return false;
  if (!isKnown(facts, readable)) return false;
  const { namePatterns } = readable;
  return namePatterns === null || namePatterns.some((pattern) => matchesName(pattern, facts.name));
}

function isKnown({ id, ownerId, visibility, repositoryId, ...facts }: PackageFacts, of: Readable): boolean {
  if (of.everything || of.ownerIds.includes(ownerId) || of.workflowPackageIds.includes(id)) return true;
  if (visibility === 'internal' && of.internalOwnerIds.includes(ownerId)) return true;
  if (!facts.inheritsAccess && facts.scope === 'owner') return of.packageIds.includes(id);
  if (repositoryId === null) return false;
  return of.inheritingOwnerIds.includes(ownerId) || of.repositoryIds.includes(repositoryId);
}
