import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError, loginKey, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { checkLogin, forgetAccount, getAccountRow, toAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';
import { refuseTaken } from '../refuse-taken';

/** Gives an account another login. Ids stay, so that everything follows; the old login is free at once (spec P-30). */
@Injectable()
export class RenameAccount {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ accountId, login, actor }: Ask<'renameAccount'>): Promise<Answer<'renameAccount'>> {
    checkLogin(login);
    const sentence = `The login "${login}" is taken: choose another.`;
    const account = await refuseTaken(sentence, () =>
      this.transaction.run(async (change) => {
        const { manager } = change;
        await manager.query('SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
        const row = await getAccountRow(manager, accountId);
        if (row.kind === 'bot')
          throw new DomainError('forbidden', 'This account belongs to the product and keeps its name.');
        if (row.login === login) return toAccount(row);
        const changed = { login, loginKey: loginKey(login), updatedAt: this.clock.now() };
        await manager.update(AccountEntity, { id: accountId }, changed);
        const payload = { accountId, kind: row.kind, login, oldLogin: row.login };
        await change.record(authEvents.accountRenamed, payload, actor);
        forgetAccount(change, row);
        change.forget(factKey.login(login));
        return toAccount({ ...row, ...changed });
      }),
    );
    return { account };
  }
}
