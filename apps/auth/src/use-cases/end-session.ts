import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import type { Answer, Ask } from '../messages';
import { SessionEntity } from '../persistence/session.entity';

/** Ends a session. When this answers, every replica refuses it. */
@Injectable()
export class EndSession {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ accountId, sessionId, hash, actor }: Ask<'endSession'>): Promise<Answer<'endSession'>> {
    if (sessionId === undefined && hash === undefined)
      throw new DomainError('invalid_request', 'Say which session to end: by its id or by its hash.');
    await this.transaction.run(async (change) => {
      const row = await change.manager.findOneBy(SessionEntity, {
        accountId,
        ...(sessionId === undefined ? {} : { id: sessionId }),
        ...(hash === undefined ? {} : { hash }),
      });
      if (!row) throw notFound();
      const removed = await change.manager.delete(SessionEntity, { id: row.id });
      if (removed.affected !== 1) throw notFound();
      await change.record(authEvents.sessionEnded, { accountId, sessionId: row.id }, actor);
      change.forget(factKey.token(row.hash));
    });
    return {};
  }
}

function notFound(): DomainError {
  return new DomainError('not_found', 'This account has no such session.');
}
