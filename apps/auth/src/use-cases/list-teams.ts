import { Inject, Injectable } from '@nestjs/common';
import type { Team } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { seenBy, teamColumns, toTeam, type TeamRow } from '../facts/teams';
import type { Answer, Ask } from '../messages';
import { readSlice } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Teams of an organization, below a team, and of an account, each by slug. */
@Injectable()
export class ListTeams {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  ofOrganization({ organizationId, viewerId, ...slice }: Ask<'listTeams'>): Promise<Answer<'listTeams'>> {
    return this.read(
      `FROM teams t WHERE t.organization_id = $1 AND ${seenBy('$2')}`,
      [organizationId, viewerId],
      slice,
    );
  }

  below({ teamId, viewerId, ...slice }: Ask<'listChildTeams'>): Promise<Answer<'listChildTeams'>> {
    return this.read(`FROM teams t WHERE t.parent_id = $1 AND ${seenBy('$2')}`, [teamId, viewerId], slice);
  }

  ofAccount({
    accountId,
    organizationId,
    ...slice
  }: Ask<'listTeamsOfAccount'>): Promise<Answer<'listTeamsOfAccount'>> {
    return this.read(
      `FROM team_members m JOIN teams t ON t.id = m.team_id
       WHERE m.account_id = $1 AND ($2::uuid IS NULL OR t.organization_id = $2)`,
      [accountId, organizationId],
      slice,
    );
  }

  private async read(
    from: string,
    values: unknown[],
    slice: { offset: number; limit: number },
  ): Promise<{ items: Team[]; total: number }> {
    const list = { columns: teamColumns, from, order: 't.slug, t.id', values };
    const { rows, total } = await readSlice<TeamRow>(this.database, list, slice);
    return { items: rows.map(toTeam), total };
  }
}
