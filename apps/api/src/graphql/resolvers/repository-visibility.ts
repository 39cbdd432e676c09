import { hasScope } from '@packhouse/access';
import type { Principal, Repository } from '@packhouse/contracts';
import type { GraphContext } from '../graph-context';

/** A repository that the caller may see; null for every other, existing or not. */
export async function findRepository(
  { reader, caller }: GraphContext,
  id: string,
): Promise<Repository | null> {
  const repository = await reader.repositories.load(id);
  if (!repository) return null;
  return repository.visibility === 'public' || reachesRepositories(caller.principal) ? repository : null;
}

export async function findRepositoryByName(
  context: GraphContext,
  ownerLogin: string,
  name: string,
): Promise<Repository | null> {
  const { repository } = await context.auth.findRepository({ ownerLogin, name });
  return repository && findRepository(context, repository.id);
}

/** Private repositories are shown to classic tokens with the scope `repo` only (spec G-11). */
function reachesRepositories({ scopes }: Principal): boolean {
  return hasScope(scopes, 'repo');
}
