import { Injectable } from '@nestjs/common';
import { authEvents } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { forgetRepository, getLockedRepository } from '../facts/repositories';
import type { Answer, Ask } from '../messages';

/** Takes a team's own role on a repository; what a team above gives it stays. */
@Injectable()
export class RemoveTeamRepository {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({
    teamId,
    repositoryId,
    actor,
  }: Ask<'removeTeamRepository'>): Promise<Answer<'removeTeamRepository'>> {
    await this.transaction.run(async (change) => {
      const repository = await getLockedRepository(change.manager, repositoryId);
      const gone = await change.manager.query<unknown[]>(
        `WITH gone AS (DELETE FROM repository_teams WHERE repository_id = $1 AND team_id = $2 RETURNING role)
         SELECT role FROM gone`,
        [repositoryId, teamId],
      );
      if (gone.length === 0)
        throw new DomainError('not_found', 'The team has no role of its own on the repository.');
      const { ownerId } = repository;
      await change.record(
        authEvents.teamRepositoryChanged,
        { teamId, repositoryId, ownerId, role: null },
        actor,
      );
      forgetRepository(change, repository);
    });
    return {};
  }
}
