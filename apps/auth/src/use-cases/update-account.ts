import { Injectable } from '@nestjs/common';
import { authEvents } from '@packhouse/contracts';
import { DomainError, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { forgetAccount, getAccountRow, toAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';
import { readLine, readOptionalLine } from '../plain-text';

const maxProfileFields = 30;

/** Changes what people show of themselves. Profile fields that are given are set, empty ones removed, others stay. */
@Injectable()
export class UpdateAccount {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({
    accountId,
    displayName,
    email,
    profile,
    actor,
  }: Ask<'updateAccount'>): Promise<Answer<'updateAccount'>> {
    const account = await this.transaction.run(async (change) => {
      // Locked, so that two who change different fields at once do not undo each other.
      await change.manager.query('SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
      const row = await getAccountRow(change.manager, accountId);
      const changed = {
        displayName:
          displayName === undefined ? row.displayName : readOptionalLine(displayName, 'display name', 200),
        email: email === undefined ? row.email : readOptionalLine(email, 'e-mail address', 300),
        profile: profile === undefined ? row.profile : mergeProfile(row.profile, profile),
        updatedAt: this.clock.now(),
      };
      await change.manager.update(AccountEntity, { id: accountId }, changed);
      await change.record(authEvents.accountUpdated, { accountId, login: row.login }, actor);
      forgetAccount(change, row);
      return toAccount({ ...row, ...changed });
    });
    return { account };
  }
}

function mergeProfile(
  current: Record<string, string>,
  changes: Record<string, string>,
): Record<string, string> {
  const fields = new Map(Object.entries(current));
  for (const [name, value] of Object.entries(changes)) {
    if (!/^[a-z][a-z0-9_-]{0,39}$/i.test(name)) {
      throw new DomainError(
        'invalid_request',
        'A profile field has a wrong name: use 1 to 40 letters, digits, "_" and "-".',
      );
    }
    const text = readLine(value, `profile field "${name}"`, 500);
    if (text === '') fields.delete(name);
    else fields.set(name, text);
  }
  if (fields.size > maxProfileFields) {
    throw new DomainError(
      'invalid_request',
      `A profile holds at most ${maxProfileFields} fields: remove some by setting them to nothing.`,
    );
  }
  return Object.fromEntries(fields);
}
