import { credentialReaches } from '@packhouse/access';
import type { Repository } from '@packhouse/contracts';
import type { GraphContext } from '../graph-context';

/** A repository that the caller may see; null for every other, existing or not. */
export async function findRepository(
  { reader, caller }: GraphContext,
  id: string,
): Promise<Repository | null> {
  const repository = await reader.repositories.load(id);
  if (!repository) return null;
  // A classic token needs the scope `repo` for those that are not public (spec G-11); other tokens reach packages only.
  return repository.visibility === 'public' || credentialReaches(caller.principal, 'repo') ? repository : null;
}

export async function findRepositoryByName(
  context: GraphContext,
  ownerLogin: string,
  name: string,
): Promise<Repository | null> {
  const { repository } = await context.auth.findRepository({ ownerLogin, name });
  return repository && findRepository(context, repository.id);
}
