import { authEvents, factKey, type Actor, type RepositoryRole } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import type { Change } from '../auth-transaction';
import { MembershipEntity } from '../persistence/account.entities';
import { getAccountRow } from './accounts';
import { myTeams, roleRank } from './repository-roles';

/** Lets one change of an organization's members and teams through at a time, until the transaction ends. */
export async function lockMembers(manager: EntityManager, organizationId: string): Promise<void> {
  await manager.query('SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [organizationId]);
  await getAccountRow(manager, organizationId, 'organization');
}

/** Call with the members locked. @throws DomainError `forbidden` when only one owner is left. */
export async function refuseLosingLastOwner(manager: EntityManager, organizationId: string): Promise<void> {
  const owners = await manager.countBy(MembershipEntity, { organizationId, role: 'owner' });
  if (owners > 1) return;
  throw new DomainError(
    'forbidden',
    'An organization keeps at least one owner: make somebody else an owner first.',
  );
}

/** Who leaves which organization, and who says so. */
export interface Departure {
  readonly organizationId: string;
  readonly accountId: string;
  readonly actor: Actor | null;
}

/** Takes an account out of every team of the organization. */
export async function leaveTeams(change: Change, departure: Departure): Promise<void> {
  const { organizationId, accountId, actor } = departure;
  const left = await change.manager.query<Array<{ teamId: string; slug: string }>>(
    `WITH gone AS (
       DELETE FROM team_members m USING teams t
       WHERE t.id = m.team_id AND t.organization_id = $1 AND m.account_id = $2 RETURNING t.id, t.slug)
     SELECT id AS "teamId", slug FROM gone ORDER BY slug`,
    [organizationId, accountId],
  );
  await change.recordEach(
    authEvents.teamMemberChanged,
    left.map(({ teamId, slug }) => ({ teamId, organizationId, slug, accountId, role: null })),
    actor,
  );
}

/** Takes back every grant on packages of the organization. The rows stay, so that a late event cannot bring one again. */
export async function loseGrants(change: Change, departure: Departure): Promise<void> {
  const { organizationId, accountId, actor } = departure;
  const lost = await change.manager.query<Array<{ packageId: string }>>(
    `WITH gone AS (
       UPDATE grants SET role = NULL WHERE account_id = $2 AND owner_id = $1 AND role IS NOT NULL RETURNING package_id)
     SELECT package_id AS "packageId" FROM gone`,
    [organizationId, accountId],
  );
  await change.recordEach(
    authEvents.grantChanged,
    lost.map(({ packageId }) => ({ packageId, accountId, role: null })),
    actor,
  );
  for (const { packageId } of lost) change.forget(factKey.packageAccess(packageId));
}

/** Takes back the roles that the account itself has on repositories of the organization; answers how many. */
export async function loseRepositoryRoles(change: Change, departure: Departure): Promise<number> {
  const { organizationId, accountId, actor } = departure;
  const lost = await change.manager.query<Array<{ repositoryId: string }>>(
    `WITH gone AS (
       DELETE FROM repository_collaborators c USING repositories r
       WHERE r.id = c.repository_id AND r.owner_id = $1 AND c.account_id = $2 RETURNING c.repository_id)
     SELECT repository_id AS "repositoryId" FROM gone`,
    [organizationId, accountId],
  );
  await change.recordEach(
    authEvents.collaboratorChanged,
    lost.map(({ repositoryId }) => ({ repositoryId, ownerId: organizationId, accountId, role: null })),
    actor,
  );
  return lost.length;
}

/** Makes roles that the account has through teams its own, before it leaves them. A stronger one of its own stays. */
export async function keepRepositoryRoles(change: Change, departure: Departure): Promise<void> {
  const { organizationId, accountId, actor } = departure;
  const kept = await change.manager.query<Array<{ repositoryId: string; role: RepositoryRole }>>(
    `WITH RECURSIVE ${myTeams('$2')},
     through AS (
       SELECT rt.repository_id, (array_agg(rt.role ORDER BY ${roleRank('rt.role')} DESC))[1] AS role
       FROM my_teams JOIN repository_teams rt ON rt.team_id = my_teams.id
       JOIN repositories r ON r.id = rt.repository_id AND r.owner_id = $1 GROUP BY rt.repository_id),
     written AS (
       INSERT INTO repository_collaborators AS c (repository_id, account_id, role)
       SELECT repository_id, $2, role FROM through
       ON CONFLICT (repository_id, account_id) DO UPDATE SET role = EXCLUDED.role
       WHERE ${roleRank('c.role')} < ${roleRank('EXCLUDED.role')} RETURNING repository_id, role)
     SELECT repository_id AS "repositoryId", role FROM written`,
    [organizationId, accountId],
  );
  await change.recordEach(
    authEvents.collaboratorChanged,
    kept.map(({ repositoryId, role }) => ({ repositoryId, ownerId: organizationId, accountId, role })),
    actor,
  );
}
