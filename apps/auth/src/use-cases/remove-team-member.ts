import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { getLockedTeam } from '../facts/teams';
import type { Answer, Ask } from '../messages';

/** Takes somebody out of a team; who is in a team below it stays there. */
@Injectable()
export class RemoveTeamMember {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ teamId, accountId, actor }: Ask<'removeTeamMember'>): Promise<Answer<'removeTeamMember'>> {
    await this.transaction.run(async (change) => {
      const { organizationId, slug } = await getLockedTeam(change.manager, teamId);
      const gone = await change.manager.query<unknown[]>(
        `WITH gone AS (DELETE FROM team_members WHERE team_id = $1 AND account_id = $2 RETURNING role) SELECT role FROM gone`,
        [teamId, accountId],
      );
      if (gone.length === 0) throw new DomainError('not_found', 'This account is not in the team.');
      const payload = { teamId, organizationId, slug, accountId, role: null };
      await change.record(authEvents.teamMemberChanged, payload, actor);
      change.forget(factKey.account(accountId));
    });
    return {};
  }
}
