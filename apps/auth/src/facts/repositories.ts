import { authEvents, factKey, type Actor, type Repository } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import type { Change } from '../auth-transaction';

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

/** @throws DomainError `invalid_request`. */
export function checkRepositoryName(name: string): void {
  const fault = findRepositoryNameFault(name);
  if (fault) throw new DomainError('invalid_request', fault);
}

/** @throws DomainError `invalid_request`: users have no members to whom something could be internal. */
export function checkRepositoryVisibility(
  visibility: Repository['visibility'],
  ownerKind: Repository['ownerKind'],
): void {
  if (visibility === 'internal' && ownerKind !== 'organization') {
    throw new DomainError(
      'invalid_request',
      'Only repositories of organizations can be internal: use private or public.',
    );
  }
}

/** A repository as the database answers it. */
export type RepositoryRow = Omit<Repository, 'createdAt' | 'updatedAt'> & {
  createdAt: Date;
  updatedAt: Date;
};

/** Of {@link repositorySource}. */
export const repositoryColumns = `
  r.id, r.number, r.owner_id AS "ownerId", o.login AS "ownerLogin", o.kind AS "ownerKind", r.name, r.description,
  r.visibility, r.created_at AS "createdAt", r.updated_at AS "updatedAt"`;

export const repositorySource = 'FROM repositories r JOIN accounts o ON o.id = r.owner_id';

export function toRepository<R extends RepositoryRow>(
  row: R,
): Omit<R, 'createdAt' | 'updatedAt'> & { createdAt: string; updatedAt: string } {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

/** The repository, locked: one change of it at a time. @throws DomainError `not_found`. */
export async function getLockedRepository(
  manager: EntityManager,
  repositoryId: string,
): Promise<RepositoryRow> {
  await manager.query('SELECT FROM repositories WHERE id = $1 FOR NO KEY UPDATE', [repositoryId]);
  return getRepositoryRow(manager, repositoryId);
}

/** @throws DomainError `not_found`. */
export async function getRepositoryRow(manager: EntityManager, repositoryId: string): Promise<RepositoryRow> {
  const [row] = await manager.query<RepositoryRow[]>(
    `SELECT ${repositoryColumns} ${repositorySource} WHERE r.id = $1`,
    [repositoryId],
  );
  if (!row) throw new DomainError('not_found', 'There is no such repository.');
  return row;
}

/** Announces that a repository changed, and with its owner's key every decision that rests on roles in it. */
export function forgetRepository(
  change: Change,
  { id, ownerId }: Pick<RepositoryRow, 'id' | 'ownerId'>,
): void {
  change.forget(factKey.repository(id), factKey.account(ownerId));
}

/** Ends what workflows of the repository may do with packages; `ownerId`: with those of this owner only. */
export async function loseWorkflowGrants(
  change: Change,
  repositoryId: string,
  ownerId: string | null = null,
): Promise<void> {
  const lost = await change.manager.query<Array<{ packageId: string }>>(
    `WITH gone AS (
       DELETE FROM workflow_grants WHERE repository_id = $1 AND ($2::uuid IS NULL OR owner_id = $2) RETURNING package_id)
     SELECT package_id AS "packageId" FROM gone`,
    [repositoryId, ownerId],
  );
  change.forget(...lost.map(({ packageId }) => factKey.packageAccess(packageId)));
}

/** Removes a repository with its event, in the caller's transaction. */
export async function removeRepository(
  change: Change,
  repository: Pick<RepositoryRow, 'id' | 'ownerId' | 'name'>,
  actor: Actor | null,
): Promise<void> {
  const { id: repositoryId, ownerId, name } = repository;
  await loseWorkflowGrants(change, repositoryId);
  await change.manager.query('DELETE FROM repositories WHERE id = $1', [repositoryId]);
  await change.record(authEvents.repositoryDeleted, { repositoryId, ownerId, name }, actor);
  forgetRepository(change, repository);
}

/** Removes all repositories of an owner, however many, with their events, in the caller's transaction. */
export async function removeRepositoriesOf(
  change: Change,
  ownerId: string,
  actor: Actor | null,
): Promise<void> {
  const { manager, forget } = change;
  const lost = await manager.query<Array<{ packageId: string }>>(
    `SELECT DISTINCT g.package_id AS "packageId"
     FROM workflow_grants g JOIN repositories r ON r.id = g.repository_id WHERE r.owner_id = $1`,
    [ownerId],
  );
  const gone = await manager.query<Array<{ repositoryId: string; name: string }>>(
    `WITH gone AS (DELETE FROM repositories WHERE owner_id = $1 RETURNING id, name, name_key)
     SELECT id AS "repositoryId", name FROM gone ORDER BY name_key`,
    [ownerId],
  );
  const payloads = gone.map((repository) => ({ ...repository, ownerId }));
  await change.recordEach(authEvents.repositoryDeleted, payloads, actor);
  for (const { packageId } of lost) forget(factKey.packageAccess(packageId));
  for (const { repositoryId } of gone) forget(factKey.repository(repositoryId));
  forget(factKey.account(ownerId));
}
