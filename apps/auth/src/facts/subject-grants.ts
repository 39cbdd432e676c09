import type { PackageRole } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { refuseFullList } from './sharing';

/** What belongs to the owner of a package and may have a role on it. */
const kinds = {
  team: {
    table: 'team_grants',
    column: 'team_id',
    from: 'teams',
    owner: 'organization_id',
    unknown: 'The owner of the package has no such team.',
    absent: 'This team has no grant on the package.',
  },
  workflows: {
    table: 'workflow_grants',
    column: 'repository_id',
    from: 'repositories',
    owner: 'owner_id',
    unknown: 'The owner of the package has no such repository.',
    absent: 'This repository has no access to the package.',
  },
} as const;
type SubjectKind = keyof typeof kinds;

/** Gives the role, or another one. @throws DomainError `not_found` for what is not of that owner, `invalid_request` when the list is full. */
export async function writeSubjectGrant(
  manager: EntityManager,
  kind: SubjectKind,
  subjectId: string,
  { packageId, ownerId, role }: { packageId: string; ownerId: string; role: PackageRole },
): Promise<void> {
  const { table, column, from, owner, unknown } = kinds[kind];
  await refuseFullList(manager, table, packageId, [column, subjectId]);
  const written = await manager.query<unknown[]>(
    `INSERT INTO ${table} (package_id, owner_id, ${column}, role)
     SELECT $1, $2, id, $4 FROM ${from} WHERE id = $3 AND ${owner} = $2
     ON CONFLICT (package_id, ${column}) DO UPDATE SET role = excluded.role, owner_id = excluded.owner_id
     RETURNING role`,
    [packageId, ownerId, subjectId, role],
  );
  if (written.length === 0) throw new DomainError('not_found', unknown);
}

/** Takes the role back; gives the owner of the package. @throws DomainError `not_found` where there is none. */
export async function deleteSubjectGrant(
  manager: EntityManager,
  kind: SubjectKind,
  subjectId: string,
  packageId: string,
): Promise<{ readonly ownerId: string }> {
  const { table, column, absent } = kinds[kind];
  const [[gone]] = await manager.query<[Array<{ ownerId: string }>, number]>(
    `DELETE FROM ${table} WHERE package_id = $1 AND ${column} = $2 RETURNING owner_id AS "ownerId"`,
    [packageId, subjectId],
  );
  if (!gone) throw new DomainError('not_found', absent);
  return gone;
}
