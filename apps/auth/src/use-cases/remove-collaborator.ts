import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { forgetRepository, getLockedRepository } from '../facts/repositories';
import type { Answer, Ask } from '../messages';

/** Takes the role that a person itself has on a repository; what comes through teams and membership stays. */
@Injectable()
export class RemoveCollaborator {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({
    repositoryId,
    accountId,
    actor,
  }: Ask<'removeCollaborator'>): Promise<Answer<'removeCollaborator'>> {
    await this.transaction.run(async (change) => {
      const repository = await getLockedRepository(change.manager, repositoryId);
      const gone = await change.manager.query<unknown[]>(
        `WITH gone AS (DELETE FROM repository_collaborators WHERE repository_id = $1 AND account_id = $2 RETURNING role)
         SELECT role FROM gone`,
        [repositoryId, accountId],
      );
      if (gone.length === 0)
        throw new DomainError('not_found', 'This account is not a collaborator of the repository.');
      const payload = { repositoryId, ownerId: repository.ownerId, accountId, role: null };
      await change.record(authEvents.collaboratorChanged, payload, actor);
      forgetRepository(change, repository);
      change.forget(factKey.account(accountId));
    });
    return {};
  }
}
