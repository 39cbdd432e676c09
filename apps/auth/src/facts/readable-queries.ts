/** An owner that may be left out: null is all of them. */
const ofOwner = (column: string): string => `($2::uuid IS NULL OR ${column} = $2)`;

/** Teams of the account and those above them, of organizations to which it still belongs. */
const ownTeams = `
  own_teams AS (
    SELECT t.id, t.parent_id, t.organization_id FROM team_members tm
    JOIN teams t ON t.id = tm.team_id
    JOIN memberships m ON m.organization_id = t.organization_id AND m.account_id = tm.account_id
    WHERE tm.account_id = $1 AND ${ofOwner('t.organization_id')}
    UNION
    SELECT t.id, t.parent_id, t.organization_id FROM own_teams own
    JOIN teams t ON t.id = own.parent_id)`;

/** Of each kind of condition what an account ($1) has with an owner ($2). */
const ofAccount = {
  ownerIds: `
    SELECT organization_id AS id FROM memberships
    WHERE account_id = $1 AND role = 'owner' AND ${ofOwner('organization_id')}`,
  internalOwnerIds: `
    SELECT organization_id AS id FROM memberships WHERE account_id = $1 AND ${ofOwner('organization_id')}
    UNION
    SELECT other.id FROM memberships m JOIN accounts own ON own.id = m.organization_id
    JOIN accounts other ON other.enterprise_id = own.enterprise_id
    WHERE m.account_id = $1 AND ${ofOwner('other.id')}`,
  inheritingOwnerIds: `
    SELECT m.organization_id AS id FROM memberships m
    LEFT JOIN organization_policies policy ON policy.organization_id = m.organization_id
    WHERE m.account_id = $1 AND ${ofOwner('m.organization_id')} AND coalesce(policy.base_role, 'read') <> 'none'`,
  repositoryIds: `
    SELECT c.repository_id AS id FROM repository_collaborators c JOIN repositories r ON r.id = c.repository_id
    WHERE c.account_id = $1 AND ${ofOwner('r.owner_id')}
    UNION
    SELECT rt.repository_id FROM own_teams own JOIN repository_teams rt ON rt.team_id = own.id
    JOIN repositories r ON r.id = rt.repository_id AND r.owner_id = own.organization_id`,
  packageIds: `
    SELECT g.package_id AS id FROM grants g LEFT JOIN accounts owner ON owner.id = g.owner_id
    WHERE g.account_id = $1 AND g.role IS NOT NULL AND ($2::uuid IS NULL OR g.owner_id = $2 OR g.owner_id IS NULL)
      AND (owner.kind IS DISTINCT FROM 'organization' OR EXISTS (
        SELECT FROM memberships m WHERE m.organization_id = g.owner_id AND m.account_id = $1))
    UNION
    SELECT tg.package_id FROM own_teams own
    JOIN team_grants tg ON tg.team_id = own.id AND tg.owner_id = own.organization_id`,
} as const;

/** What the workflows of an owner ($1) and a repository ($3) have. */
const ofWorkflow = {
  internalOwnerIds: `
    SELECT id FROM accounts WHERE id = $1 AND ${ofOwner('id')}
    UNION
    SELECT other.id FROM accounts own JOIN accounts other ON other.enterprise_id = own.enterprise_id
    WHERE own.id = $1 AND ${ofOwner('other.id')}`,
  workflowPackageIds: `
    SELECT package_id AS id FROM workflow_grants WHERE repository_id = $3 AND ${ofOwner('owner_id')}`,
} as const;

/** One statement for all kinds: rows of `kind` and `id`, in an order that is the same every time. */
function union(kinds: Readonly<Record<string, string>>): string {
  const parts = Object.entries(kinds).map(
    ([kind, sql]) => `SELECT '${kind}' AS kind, id FROM (${sql}) ${kind}`,
  );
  return `${parts.join(' UNION ALL ')} ORDER BY kind, id`;
}

export const accountReadableQuery = `WITH RECURSIVE ${ownTeams} ${union(ofAccount)}`;
export const workflowReadableQuery = union(ofWorkflow);
