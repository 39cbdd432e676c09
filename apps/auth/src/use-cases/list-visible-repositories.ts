import { Inject, Injectable } from '@nestjs/common';
import { repositoryRoles } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { repositoryColumns, repositorySource, toRepository, type RepositoryRow } from '../facts/repositories';
import { givenRank, myTeams, roleOfRank, visibleRank } from '../facts/repository-roles';
import type { Answer, Ask } from '../messages';
import { readSlice } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Repositories that have to do with the account `$1`, for each way in which they may. */
const affiliationConditions = {
  owner: 'r.owner_id = $1',
  collaborator: 'r.id IN (SELECT repository_id FROM repository_collaborators WHERE account_id = $1)',
  organization_member: 'r.owner_id IN (SELECT organization_id FROM memberships WHERE account_id = $1)',
} as const;

/** Columns of the rows found; the name decides between equals, so that pages join. */
const orders = {
  name: '"nameKey"',
  created: '"createdAt"',
  updated: '"updatedAt"',
} as const;

/** Repositories that somebody may see, with the role there. */
@Injectable()
export class ListVisibleRepositories {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run(request: Ask<'listVisibleRepositories'>): Promise<Answer<'listVisibleRepositories'>> {
    const { accountId, everything, ownerId, affiliations, visibility, sort, descending } = request;
    const wanted =
      affiliations === null
        ? 'true'
        : affiliations.map((one) => affiliationConditions[one]).join(' OR ') || 'false';
    const rank = everything
      ? String(repositoryRoles.length)
      : `GREATEST(${givenRank('$1::uuid')}, ${visibleRank('$1::uuid')})`;
    const direction = descending ? 'DESC' : 'ASC';
    const list = {
      with: `WITH RECURSIVE ${myTeams('$1::uuid')}, found AS (
        SELECT ${repositoryColumns}, r.name_key AS "nameKey", ${rank} AS rank ${repositorySource}
        WHERE ($2::uuid IS NULL OR r.owner_id = $2) AND ($3::text IS NULL OR r.visibility = $3) AND (${wanted}))`,
      columns: '*',
      from: 'FROM found WHERE rank IS NOT NULL',
      order: `${orders[sort]} ${direction}, "ownerLogin", "nameKey"`,
      values: [accountId, ownerId, visibility],
    };
    const { rows, total } = await readSlice<RepositoryRow & { rank: number; nameKey: string }>(
      this.database,
      list,
      request,
    );
    return {
      items: rows.map(({ rank: found, nameKey: _, ...row }) => ({
        ...toRepository(row),
        role: roleOfRank(found) ?? 'read',
      })),
      total,
    };
  }
}
