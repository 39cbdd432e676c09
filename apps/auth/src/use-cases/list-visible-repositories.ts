import { Inject, Injectable } from '@nestjs/common';
import { repositoryRoles } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { repositoryColumns, repositorySource, toRepository, type RepositoryRow } from '../facts/repositories';
import { givenRank, myTeams, roleOfRank, seenRepositories, visibleRank } from '../facts/repository-roles';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Repositories that have to do with the account `$1`, for each way in which they may. */
const affiliationConditions = {
  owner: 'r.owner_id = $1',
  collaborator: 'r.id IN (SELECT repository_id FROM repository_collaborators WHERE account_id = $1)',
  organization_member: 'r.owner_id IN (SELECT organization_id FROM memberships WHERE account_id = $1)',
} as const;

/** The name decides between equals, so that pages join. */
const orders = { name: 'r.name_key', created: 'r.created_at', updated: 'r.updated_at' } as const;

type ListedRow = RepositoryRow & { rank: number; total: number };

/** Repositories that somebody may see, with the role there. */
@Injectable()
export class ListVisibleRepositories {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run(request: Ask<'listVisibleRepositories'>): Promise<Answer<'listVisibleRepositories'>> {
    const { accountId, ownerId, visibility, limit, offset } = request;
    const rows = await this.database.query<ListedRow>(sqlOf(request), [
      ...[accountId, ownerId, visibility],
      ...[limit, offset],
    ]);
    // Past the last one there is still one row: the total, joined with nothing.
    const items = rows.filter(({ id }) => id !== null);
    return {
      items: items.map(({ rank, total: _, ...row }) => ({
        ...toRepository(row),
        role: roleOfRank(rank) ?? 'read',
      })),
      total: rows[0]?.total ?? 0,
    };
  }
}

/** Who may see what is decided for all at once, roles are looked up for the page only. */
function sqlOf({ everything, affiliations, sort, descending }: Ask<'listVisibleRepositories'>): string {
  const account = '$1::uuid';
  const wanted =
    affiliations === null
      ? 'true'
      : affiliations.map((one) => affiliationConditions[one]).join(' OR ') || 'false';
  const rank = everything
    ? String(repositoryRoles.length)
    : `GREATEST(${givenRank(account)}, ${visibleRank(account)})`;
  const order = (of: string) =>
    `${of}.place ${descending ? 'DESC' : 'ASC'}, ${of}.owner_login, ${of}.name_key`;
  return `WITH RECURSIVE ${myTeams(account)}, seen AS MATERIALIZED (
      SELECT r.id, r.name_key, o.login AS owner_login, ${orders[sort]} AS place ${repositorySource}
      WHERE ($2::uuid IS NULL OR r.owner_id = $2) AND ($3::text IS NULL OR r.visibility = $3) AND (${wanted})
        AND ${everything ? 'true' : seenRepositories(account)}),
    page AS (SELECT * FROM seen ORDER BY ${order('seen')} LIMIT $4 OFFSET $5)
    SELECT counted.total, ${repositoryColumns}, ${rank} AS rank
    FROM (SELECT count(*)::int AS total FROM seen) counted LEFT JOIN page ON true
    LEFT JOIN repositories r ON r.id = page.id LEFT JOIN accounts o ON o.id = r.owner_id
    ORDER BY ${order('page')}`;
}
