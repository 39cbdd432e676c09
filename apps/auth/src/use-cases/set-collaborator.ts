import { Injectable } from '@nestjs/common';
import { authEvents, factKey, type RepositoryRole } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { getAccountRow } from '../facts/accounts';
import { forgetRepository, getLockedRepository } from '../facts/repositories';
import type { Answer, Ask } from '../messages';

/** Gives a person a role on a repository, effective at once: there is no invitation to accept. */
@Injectable()
export class SetCollaborator {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({
    repositoryId,
    accountId,
    role,
    actor,
  }: Ask<'setCollaborator'>): Promise<Answer<'setCollaborator'>> {
    return this.transaction.run(async (change) => {
      const { manager } = change;
      const repository = await getLockedRepository(manager, repositoryId);
      const account = await getAccountRow(manager, accountId, 'user');
      if (account.id === repository.ownerId)
        throw new DomainError('invalid_request', `"${account.login}" owns the repository.`);
      const [before] = await manager.query<Array<{ role: RepositoryRole }>>(
        'SELECT role FROM repository_collaborators WHERE repository_id = $1 AND account_id = $2',
        [repositoryId, accountId],
      );
      if (before?.role === role) return { outcome: 'unchanged' as const };
      await manager.query(
        `INSERT INTO repository_collaborators (repository_id, account_id, role) VALUES ($1, $2, $3)
         ON CONFLICT (repository_id, account_id) DO UPDATE SET role = EXCLUDED.role`,
        [repositoryId, accountId, role],
      );
      const payload = { repositoryId, ownerId: repository.ownerId, accountId, role };
      await change.record(authEvents.collaboratorChanged, payload, actor);
      forgetRepository(change, repository);
      change.forget(factKey.account(accountId));
      return { outcome: before ? ('changed' as const) : ('added' as const) };
    });
  }
}
