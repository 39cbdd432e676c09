/** Rank 1 to 3 of a role on a repository or a package, as the role on packages that it amounts to. */
const rankOf = (role: string): string =>
  `CASE ${role} WHEN 'admin' THEN 3 WHEN 'write' THEN 2 WHEN 'maintain' THEN 2 WHEN 'read' THEN 1 WHEN 'triage' THEN 1 ELSE 0 END`;

/** What an organization without a row of policies lets its members create. */
const creatable = (visibility: string): string =>
  `coalesce(policy.create_${visibility}, true) AS create_${visibility}`;

const ownerColumns = `
  owner.kind, repository.visibility AS repository_visibility,
  coalesce(policy.inherit_by_default, true) AS inherit_by_default,
  ${creatable('public')}, ${creatable('private')}, ${creatable('internal')}`;

/** $2 is the owner, $4 the repository: one of another owner is none. */
const ownerTables = `
  FROM accounts owner
  LEFT JOIN organization_policies policy ON policy.organization_id = owner.id
  LEFT JOIN repositories repository ON repository.id = $4 AND repository.owner_id = owner.id`;

/**
 * How an account ($1) stands to an owner ($2), one of its packages ($3) and one of its repositories ($4). Members of a
 * team have what the teams above it have (all of one organization); teams count for members of the organization only.
 */
export const accountStandingQuery = `
  WITH RECURSIVE own_teams AS (
    SELECT t.id, t.parent_id FROM team_members tm
    JOIN teams t ON t.id = tm.team_id AND t.organization_id = $2
    JOIN memberships m ON m.organization_id = t.organization_id AND m.account_id = tm.account_id
    WHERE tm.account_id = $1
    UNION
    SELECT t.id, t.parent_id FROM own_teams own JOIN teams t ON t.id = own.parent_id)
  SELECT ${ownerColumns}, membership.role AS organization_role, g.role AS grant_role,
    (owner.enterprise_id IS NOT NULL AND EXISTS (
      SELECT FROM memberships m JOIN accounts o ON o.id = m.organization_id
      WHERE m.account_id = $1 AND o.enterprise_id = owner.enterprise_id)) AS enterprise_member,
    (SELECT max(${rankOf('tg.role')}) FROM team_grants tg JOIN own_teams own ON own.id = tg.team_id
      WHERE tg.package_id = $3) AS team_rank,
    CASE WHEN repository.id IS NULL THEN 0 ELSE greatest(
      CASE WHEN owner.id = $1 THEN 3 ELSE 0 END,
      CASE WHEN membership.role = 'owner' THEN 3
           WHEN membership.role IS NULL THEN 0
           ELSE ${rankOf(`coalesce(policy.base_role, 'read')`)} END,
      ${rankOf('collaborator.role')},
      (SELECT max(${rankOf('rt.role')}) FROM repository_teams rt JOIN own_teams own ON own.id = rt.team_id
        WHERE rt.repository_id = repository.id)) END AS repository_rank
  ${ownerTables}
  LEFT JOIN memberships membership ON membership.organization_id = owner.id AND membership.account_id = $1
  LEFT JOIN grants g ON g.package_id = $3 AND g.account_id = $1
  LEFT JOIN repository_collaborators collaborator
    ON collaborator.repository_id = repository.id AND collaborator.account_id = $1
  WHERE owner.id = $2`;

/** How the workflows of an owner's ($1) repository ($5) stand to the same. */
export const workflowStandingQuery = `
  SELECT ${ownerColumns}, NULL AS organization_role, g.role AS grant_role,
    (owner.enterprise_id IS NOT NULL AND EXISTS (
      SELECT FROM accounts w WHERE w.id = $1 AND w.enterprise_id = owner.enterprise_id)) AS enterprise_member,
    0 AS team_rank, 0 AS repository_rank
  ${ownerTables}
  LEFT JOIN workflow_grants g ON g.package_id = $3 AND g.repository_id = $5
  WHERE owner.id = $2`;

/** What matters of an owner and a repository to whoever did not sign in. */
export const strangerStandingQuery = `
  SELECT ${ownerColumns}, NULL AS organization_role, NULL AS grant_role, false AS enterprise_member,
    0 AS team_rank, 0 AS repository_rank
  ${ownerTables}
  WHERE owner.id = $2 AND $1::uuid IS NULL AND $3::uuid IS NULL`;
