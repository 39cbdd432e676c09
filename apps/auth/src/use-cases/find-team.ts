import { Inject, Injectable } from '@nestjs/common';
import type { Team } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { teamColumns, toTeam, type TeamRow } from '../facts/teams';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** What `readTeamName` makes. */
const slugShape = /^[a-z0-9_-]{1,100}$/i;

/** Teams by what addresses name them with. */
@Injectable()
export class FindTeam {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async bySlug({ organizationId, slug }: Ask<'findTeam'>): Promise<Answer<'findTeam'>> {
    if (!slugShape.test(slug)) return { team: null };
    const [team = null] = await this.read('t.organization_id = $1 AND t.slug = $2', [
      organizationId,
      slug.toLowerCase(),
    ]);
    return { team };
  }

  async byNumber({ number }: Ask<'findTeamByNumber'>): Promise<Answer<'findTeamByNumber'>> {
    const [team = null] = await this.read('t.number = $1', [number]);
    return { team };
  }

  async byIds({ ids }: Ask<'getTeams'>): Promise<Answer<'getTeams'>> {
    return { teams: ids.length === 0 ? [] : await this.read('t.id = ANY($1::uuid[])', [ids]) };
  }

  private async read(condition: string, values: unknown[]): Promise<Team[]> {
    const rows = await this.database.query<TeamRow>(
      `SELECT ${teamColumns} FROM teams t WHERE ${condition} ORDER BY t.slug`,
      values,
    );
    return rows.map(toTeam);
  }
}
