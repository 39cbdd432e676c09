import type { Answer } from '../messages';
import type { RepositoryEntity } from '../persistence/account.entities';

type Repository = NonNullable<Answer<'findRepository'>['repository']>;

const nameShape = /^[A-Za-z0-9._-]{1,100}$/;

/** Says why a repository cannot have this name, or null when it can. */
export function findRepositoryNameFault(name: string): string | null {
  if (!nameShape.test(name))
    return `"${name.slice(0, 60)}" is not a repository name: use 1 to 100 letters, digits, ".", "_" and "-".`;
  if (name === '.' || name === '..') return `"${name}" is reserved.`;
  if (name.toLowerCase().endsWith('.git'))
    return 'A repository name does not end in ".git": leave the ending out.';
  return null;
}

export function toRepository(row: Omit<RepositoryEntity, 'nameKey'>, ownerLogin: string): Repository {
  const { id, ownerId, name, visibility } = row;
  return { id, ownerId, ownerLogin, name, visibility, createdAt: row.createdAt.toISOString() };
}
