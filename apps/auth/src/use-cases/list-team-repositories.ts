import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { repositorySource } from '../facts/repositories';
import { givenRank, myTeams, roleOfRank, roleRank, visibleRank } from '../facts/repository-roles';
import { seenBy, teamColumns, toTeam, type TeamRow } from '../facts/teams';
import type { Answer, Ask } from '../messages';
import { readSlice } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** The strongest role on each repository that the team `$1` or one above it has. */
const withRoles = `
  WITH RECURSIVE ${myTeams('$2::uuid')}, above AS (
    SELECT id, parent_id FROM teams WHERE id = $1
    UNION SELECT t.id, t.parent_id FROM above JOIN teams t ON t.id = above.parent_id),
  roles AS (
    SELECT rt.repository_id, max(${roleRank('rt.role')}) AS rank
    FROM above JOIN repository_teams rt ON rt.team_id = above.id GROUP BY rt.repository_id)`;

/** Which team has which role on which repository. */
@Injectable()
export class ListTeamRepositories {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async ofTeam({
    teamId,
    viewerId,
    ...slice
  }: Ask<'listTeamRepositories'>): Promise<Answer<'listTeamRepositories'>> {
    const list = {
      with: withRoles,
      columns: 'r.id AS "repositoryId", roles.rank',
      from: `${repositorySource} JOIN roles ON roles.repository_id = r.id
        WHERE $2::uuid IS NULL OR ${givenRank('$2::uuid')} IS NOT NULL OR ${visibleRank('$2::uuid')} IS NOT NULL`,
      order: 'r.name_key',
      values: [teamId, viewerId],
    };
    const { rows, total } = await readSlice<{ repositoryId: string; rank: number }>(
      this.database,
      list,
      slice,
    );
    return {
      items: rows.map(({ repositoryId, rank }) => ({ repositoryId, role: roleOfRank(rank) ?? 'read' })),
      total,
    };
  }

  async find({
    teamId,
    repositoryId,
  }: Ask<'findTeamRepositoryRole'>): Promise<Answer<'findTeamRepositoryRole'>> {
    const [row] = await this.database.query<{ rank: number }>(
      `${withRoles} SELECT rank FROM roles WHERE repository_id = $3`,
      [teamId, null, repositoryId],
    );
    return { role: roleOfRank(row?.rank ?? null) };
  }

  async ofRepository({
    repositoryId,
    viewerId,
    ...slice
  }: Ask<'listRepositoryTeams'>): Promise<Answer<'listRepositoryTeams'>> {
    const list = {
      columns: `${teamColumns}, rt.role`,
      from: `FROM repository_teams rt JOIN teams t ON t.id = rt.team_id
        WHERE rt.repository_id = $1 AND ${seenBy('$2')}`,
      order: 't.slug',
      values: [repositoryId, viewerId],
    };
    type Row = TeamRow & { role: Answer<'listRepositoryTeams'>['items'][number]['role'] };
    const { rows, total } = await readSlice<Row>(this.database, list, slice);
    return { items: rows.map(toTeam), total };
  }
}
