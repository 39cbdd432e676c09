import { repositoryRoles, type RepositoryRole } from '@packhouse/contracts';

/** A role as a number in SQL, 1 (read) to 5 (admin); NULL for `none`. */
export function roleRank(column: string): string {
  return `array_position(ARRAY[${repositoryRoles.map((role) => `'${role}'`).join(', ')}], ${column})`;
}

/** The role of such a number; null for none. */
export function roleOfRank(rank: number | null): RepositoryRole | null {
  return rank === null ? null : (repositoryRoles[rank - 1] ?? null);
}

/** The number of a role. */
export function rankOfRole(role: RepositoryRole): number {
  return repositoryRoles.indexOf(role) + 1;
}

/**
 * A common table expression (of `WITH RECURSIVE`): the teams of an account and all teams above them, as a member has what
 * every team above has. `account` is a parameter such as `$1`, here and below.
 */
export function myTeams(account: string): string {
  return `my_teams AS (
    SELECT t.id, t.parent_id FROM team_members mine JOIN teams t ON t.id = mine.team_id WHERE mine.account_id = ${account}
    UNION SELECT above.id, above.parent_id FROM my_teams JOIN teams above ON above.id = my_teams.parent_id)`;
}

/** The strongest role of an account on the repository `r`, from whatever was given to it. Needs {@link myTeams}. */
export function givenRank(account: string): string {
  return `GREATEST(
    CASE WHEN r.owner_id = ${account} THEN ${repositoryRoles.length} END,
    (SELECT CASE m.role WHEN 'owner' THEN ${repositoryRoles.length} ELSE ${roleRank("COALESCE(p.base_role, 'read')")} END
     FROM memberships m LEFT JOIN organization_policies p ON p.organization_id = m.organization_id
     WHERE m.organization_id = r.owner_id AND m.account_id = ${account}),
    (SELECT ${roleRank('c.role')} FROM repository_collaborators c WHERE c.repository_id = r.id AND c.account_id = ${account}),
    (SELECT max(${roleRank('rt.role')}) FROM repository_teams rt JOIN my_teams ON my_teams.id = rt.team_id
     WHERE rt.repository_id = r.id))`;
}

/** `read` where the visibility of the repository `r` of the owner `o` gives it to the account; a NULL account is anybody. */
export function visibleRank(account: string): string {
  return `CASE WHEN r.visibility = 'public' THEN 1 WHEN r.visibility = 'internal' AND EXISTS (
      SELECT FROM memberships m JOIN accounts member_of ON member_of.id = m.organization_id
      WHERE m.account_id = ${account} AND (member_of.id = o.id OR member_of.enterprise_id = o.enterprise_id))
    THEN 1 END`;
}

/**
 * Whether the account has any role on the repository `r`: as {@link givenRank} and {@link visibleRank} say, but in sets, which
 * are made once for all repositories of a list. Needs {@link myTeams}.
 */
export function seenRepositories(account: string): string {
  return `(r.visibility = 'public' OR r.owner_id = ${account}
    OR r.owner_id IN (SELECT m.organization_id FROM memberships m
      LEFT JOIN organization_policies p ON p.organization_id = m.organization_id
      WHERE m.account_id = ${account} AND (m.role = 'owner' OR COALESCE(p.base_role, 'read') <> 'none'))
    OR (r.visibility = 'internal' AND r.owner_id IN (
      SELECT m.organization_id FROM memberships m WHERE m.account_id = ${account}
      UNION ALL SELECT mate.id FROM memberships m JOIN accounts own ON own.id = m.organization_id
        JOIN accounts mate ON mate.enterprise_id = own.enterprise_id WHERE m.account_id = ${account}))
    OR r.id IN (SELECT c.repository_id FROM repository_collaborators c WHERE c.account_id = ${account})
    OR r.id IN (SELECT rt.repository_id FROM my_teams JOIN repository_teams rt ON rt.team_id = my_teams.id))`;
}
