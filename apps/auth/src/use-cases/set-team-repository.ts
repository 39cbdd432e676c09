import { Injectable } from '@nestjs/common';
import { AuthTransaction } from '../auth-transaction';
import { getLockedRepository } from '../facts/repositories';
import { putTeamRepository } from '../facts/team-repositories';
import { getLockedTeam } from '../facts/teams';
import type { Answer, Ask } from '../messages';

/** Gives a team a role on a repository of its organization. */
@Injectable()
export class SetTeamRepository {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({
    teamId,
    repositoryId,
    role,
    actor,
  }: Ask<'setTeamRepository'>): Promise<Answer<'setTeamRepository'>> {
    await this.transaction.run(async (change) => {
      const team = await getLockedTeam(change.manager, teamId);
      const repository = await getLockedRepository(change.manager, repositoryId);
      await putTeamRepository(change, { team, repository, role }, actor);
    });
    return {};
  }
}
