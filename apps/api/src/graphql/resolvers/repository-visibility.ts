import { hasScope } from '@packhouse/access';
import type { Principal, Readable, Repository } from '@packhouse/contracts';
import type { GraphContext } from '../graph-context';

/** A repository that the caller may see; null for every other, existing or not. */
export async function findRepository(context: GraphContext, id: string): Promise<Repository | null> {
  return visibleOrNull(context, await context.reader.repositories.load(id));
}

export async function findRepositoryByName(
  context: GraphContext,
  ownerLogin: string,
  name: string,
): Promise<Repository | null> {
  const { repository } = await context.auth.findRepository({ ownerLogin, name });
  return visibleOrNull(context, repository);
}

async function visibleOrNull(
  { reader, caller }: GraphContext,
  repository: Repository | null,
): Promise<Repository | null> {
  if (repository === null || repository.visibility === 'public') return repository;
  if (!reachesRepositories(caller.principal)) return null;
  return isReadable(repository, await reader.whatIsReadable()) ? repository : null;
}

/** Private repositories are shown to classic tokens with the scope `repo` only (spec G-11). */
function reachesRepositories({ scopes }: Principal): boolean {
  return hasScope(scopes, 'repo');
}

/** The same conditions that packages are listed by: who may read what is linked may see what it is linked to. */
function isReadable({ id, ownerId, visibility }: Repository, readable: Readable): boolean {
  return (
    readable.everything ||
    readable.ownerIds.includes(ownerId) ||
    readable.inheritingOwnerIds.includes(ownerId) ||
    readable.repositoryIds.includes(id) ||
    (visibility === 'internal' && readable.internalOwnerIds.includes(ownerId))
  );
}
