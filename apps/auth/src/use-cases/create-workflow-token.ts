import { Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { workflowAccount } from '@packhouse/contracts';
import { DAY, DomainError, MINUTE, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { insertToken } from '../facts/tokens';
import type { Answer, Ask } from '../messages';
import { RepositoryEntity } from '../persistence/account.entities';

/** A workflow token never lives longer. */
const longestMinutes = DAY / MINUTE;

/** Makes a token for a job of a repository: whoever holds it is the workflow, not a person. */
@Injectable()
export class CreateWorkflowToken {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly settings: Settings,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'createWorkflowToken'>): Promise<Answer<'createWorkflowToken'>> {
    const { repositoryId, role, name, actor } = request;
    const minutes = request.lifetimeMinutes ?? this.settings.values.credentials.workflowTokenMinutes;
    if (minutes > longestMinutes)
      throw new DomainError(
        'invalid_request',
        `A workflow token lives at most ${longestMinutes} minutes (a day): ask for fewer.`,
      );
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + minutes * MINUTE);
    return this.transaction.run(async (change) => {
      const repository = await change.manager.findOneBy(RepositoryEntity, { id: repositoryId });
      if (!repository) throw new DomainError('not_found', 'There is no such repository.');
      const workflow = { ownerId: repository.ownerId, repositoryId, role };
      const accountId = workflowAccount.id;
      return insertToken(
        change,
        { accountId, name, scopes: [], limits: null, workflow, expiresAt, actor },
        now,
      );
    });
  }
}
