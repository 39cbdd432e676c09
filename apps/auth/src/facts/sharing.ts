import type { SharedPackage } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';

/** The lists of a package's grants are answered whole. */
export const maxGrants = 1000;

/** @throws DomainError `forbidden` while the access of the repository counts instead (spec P-13). */
export function refuseWhileInheriting({ inheritsAccess }: Pick<SharedPackage, 'inheritsAccess'>): void {
  if (!inheritsAccess) return;
  throw new DomainError(
    'forbidden',
    'The package inherits the access of its repository: change the access there, or turn inheriting off first.',
  );
}

/** @throws DomainError `invalid_request` when the list, this one not counted, is full. */
export async function refuseFullList(
  manager: EntityManager,
  table: 'grants' | 'team_grants' | 'workflow_grants',
  packageId: string,
  [column, exceptId]: readonly ['account_id' | 'team_id' | 'repository_id', string],
): Promise<void> {
  const [row] = await manager.query<Array<{ count: number }>>(
    `SELECT count(*)::int AS count FROM ${table} WHERE package_id = $1 AND role IS NOT NULL AND ${column} <> $2`,
    [packageId, exceptId],
  );
  if (row && row.count >= maxGrants) {
    throw new DomainError(
      'invalid_request',
      `A package holds at most ${maxGrants} grants of a kind: give access through a team instead.`,
    );
  }
}

/** Whether anybody but this account, or a team, was given access to the package. */
export async function isShared(
  database: Pick<ServiceDatabase, 'query'>,
  packageId: string,
  exceptId: string,
): Promise<boolean> {
  const [row] = await database.query<{ shared: boolean }>(
    `SELECT EXISTS (SELECT FROM grants WHERE package_id = $1 AND role IS NOT NULL AND account_id <> $2)
       OR EXISTS (SELECT FROM team_grants WHERE package_id = $1) AS shared`,
    [packageId, exceptId],
  );
  return row?.shared ?? false;
}
