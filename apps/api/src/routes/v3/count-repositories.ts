import type { AuthClient } from '@packhouse/contracts';

/** How many repositories of an owner somebody may see; null: a stranger, who sees public ones. */
export async function countRepositories(
  auth: AuthClient,
  ownerId: string,
  accountId: string | null,
): Promise<number> {
  const { total } = await auth.listVisibleRepositories({ ownerId, accountId, limit: 1 });
  return total;
}
