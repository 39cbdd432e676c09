import { Injectable } from '@nestjs/common';
import { AuthTransaction } from '../auth-transaction';
import { putTeamMember } from '../facts/team-members';
import { getLockedTeam } from '../facts/teams';
import type { Answer, Ask } from '../messages';

/** Puts a member of the organization into a team, or changes its role there. */
@Injectable()
export class SetTeamMember {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ teamId, accountId, role, actor }: Ask<'setTeamMember'>): Promise<Answer<'setTeamMember'>> {
    await this.transaction.run(async (change) => {
      const team = await getLockedTeam(change.manager, teamId);
      await putTeamMember(change, team, { accountId, role }, actor);
    });
    return {};
  }
}
