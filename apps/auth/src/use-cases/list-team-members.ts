import { Inject, Injectable } from '@nestjs/common';
import type { TeamRole } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Answer, Ask } from '../messages';
import { readSlice } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/**
 * Everybody in the team `$1` or in one below it, once, with the role that counts: its own in the team itself, otherwise
 * `member`, as maintaining a team below gives nothing above.
 */
const withPeople = `
  WITH RECURSIVE below AS (
    SELECT id FROM teams WHERE id = $1
    UNION SELECT t.id FROM below JOIN teams t ON t.parent_id = below.id),
  people AS (
    SELECT m.account_id, bool_or(m.team_id = $1) AS direct,
      CASE WHEN bool_or(m.team_id = $1 AND m.role = 'maintainer') THEN 'maintainer' ELSE 'member' END AS role
    FROM below JOIN team_members m ON m.team_id = below.id GROUP BY m.account_id)`;

/** Members of a team, those of the teams below it included. */
@Injectable()
export class ListTeamMembers {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ teamId, role, ...slice }: Ask<'listTeamMembers'>): Promise<Answer<'listTeamMembers'>> {
    const list = {
      with: withPeople,
      columns: 'people.account_id AS "accountId", a.login, people.role',
      from: 'FROM people JOIN accounts a ON a.id = people.account_id WHERE ($2::text IS NULL OR people.role = $2)',
      order: 'a.login_key',
      values: [teamId, role],
    };
    const { rows, total } = await readSlice<{ accountId: string; login: string; role: TeamRole }>(
      this.database,
      list,
      slice,
    );
    return { items: rows, total };
  }

  async find({ teamId, accountId }: Ask<'findTeamMember'>): Promise<Answer<'findTeamMember'>> {
    const [row] = await this.database.query<{ role: TeamRole; direct: boolean }>(
      `${withPeople} SELECT role, direct FROM people WHERE account_id = $2`,
      [teamId, accountId],
    );
    return { role: row?.role ?? null, inherited: row?.direct === false };
  }
}
