import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { forgetAccount, getAccountRow } from '../facts/accounts';
import { refuseLosingLastAdministrator } from '../facts/site-administrators';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';

/** Shuts a user out of everything, or lets it in again. Nothing that it has is touched. */
@Injectable()
export class SetSuspended {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ accountId, suspended, reason, actor }: Ask<'setSuspended'>): Promise<Answer<'setSuspended'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      if (suspended) await refuseLosingLastAdministrator(manager, accountId);
      await manager.query('SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
      const row = await getAccountRow(manager, accountId, 'user');
      if ((row.suspendedAt !== null) === suspended) return;
      const now = this.clock.now();
      await manager.update(
        AccountEntity,
        { id: accountId },
        { suspendedAt: suspended ? now : null, updatedAt: now },
      );
      const event = suspended ? authEvents.accountSuspended : authEvents.accountUnsuspended;
      await change.record(event, { accountId, login: row.login, reason }, actor);
      forgetAccount(change, row);
      if (suspended) await forgetWorkflowTokens(change, accountId, now);
    });
    return {};
  }
}

/** Whoever remembers a token of a workflow does not know whom it rests on. They live for a day at most. */
async function forgetWorkflowTokens(
  { manager, forget }: Change,
  accountId: string,
  now: Date,
): Promise<void> {
  const rows = await manager.query<Array<{ hash: string }>>(
    `SELECT hash FROM tokens WHERE kind = 'workflow' AND created_by = $1 AND revoked_at IS NULL AND expires_at > $2
     UNION
     SELECT t.hash FROM repositories r JOIN tokens t ON t.workflow->>'repositoryId' = r.id::text AND t.kind = 'workflow'
     WHERE r.owner_id = $1 AND t.revoked_at IS NULL AND t.expires_at > $2
     UNION
     SELECT t.hash FROM trusted_publishers p JOIN tokens t ON t.publisher_id = p.id
     WHERE p.owner_id = $1 AND t.revoked_at IS NULL AND t.expires_at > $2`,
    [accountId, now],
  );
  forget(...rows.map(({ hash }) => factKey.token(hash)));
}
