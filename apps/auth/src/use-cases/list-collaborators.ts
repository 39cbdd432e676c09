import { Inject, Injectable } from '@nestjs/common';
import { repositoryRoles } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { rankOfRole, roleOfRank, roleRank } from '../facts/repository-roles';
import type { Answer, Ask } from '../messages';
import { readSlice } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Everybody to whom a role on the repository `$1` was given, from each source; visibility gives nothing here. */
const withPeople = `
  WITH RECURSIVE granted AS (
    SELECT team_id AS id, ${roleRank('role')} AS rank FROM repository_teams WHERE repository_id = $1
    UNION SELECT below.id, granted.rank FROM granted JOIN teams below ON below.parent_id = granted.id),
  people AS (
    SELECT o.id AS account_id, ${repositoryRoles.length} AS rank
    FROM repositories r JOIN accounts o ON o.id = r.owner_id WHERE r.id = $1 AND o.kind = 'user'
    UNION ALL
    SELECT m.account_id,
      CASE m.role WHEN 'owner' THEN ${repositoryRoles.length} ELSE ${roleRank("COALESCE(p.base_role, 'read')")} END
    FROM repositories r JOIN memberships m ON m.organization_id = r.owner_id
    LEFT JOIN organization_policies p ON p.organization_id = r.owner_id WHERE r.id = $1
    UNION ALL
    SELECT account_id, ${roleRank('role')} FROM repository_collaborators WHERE repository_id = $1
    UNION ALL
    SELECT m.account_id, granted.rank FROM granted JOIN team_members m ON m.team_id = granted.id),
  best AS (SELECT account_id, max(rank) AS rank FROM people WHERE rank IS NOT NULL GROUP BY account_id)`;

const isCollaborator =
  'EXISTS (SELECT FROM repository_collaborators c WHERE c.repository_id = $1 AND c.account_id = a.id)';
const isMember = `EXISTS (SELECT FROM repositories r JOIN memberships m ON m.organization_id = r.owner_id
  WHERE r.id = $1 AND m.account_id = a.id)`;
const isOwner = 'EXISTS (SELECT FROM repositories r WHERE r.id = $1 AND r.owner_id = a.id)';

const conditions = {
  all: 'true',
  direct: `(${isCollaborator} OR ${isOwner})`,
  outside: `${isCollaborator} AND NOT ${isMember}`,
} as const;

/** Who has a role on a repository. */
@Injectable()
export class ListCollaborators {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({
    repositoryId,
    affiliation,
    minimum,
    ...slice
  }: Ask<'listCollaborators'>): Promise<Answer<'listCollaborators'>> {
    const list = {
      with: withPeople,
      columns: 'a.id AS "accountId", a.login, best.rank',
      from: `FROM best JOIN accounts a ON a.id = best.account_id WHERE best.rank >= $2 AND ${conditions[affiliation]}`,
      order: 'a.login_key',
      values: [repositoryId, rankOfRole(minimum)],
    };
    const { rows, total } = await readSlice<{ accountId: string; login: string; rank: number }>(
      this.database,
      list,
      slice,
    );
    return {
      items: rows.map(({ rank, ...row }) => ({ ...row, role: roleOfRank(rank) ?? 'read' })),
      total,
    };
  }
}
