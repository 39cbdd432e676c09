import { Injectable } from '@nestjs/common';
import { DomainError, loginKey, newSecret, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { AccountEntity } from '../persistence/account.entities';
import { PasswordHasher } from '../secrets/passwords';
import { writePassword } from './change-password';

/**
 * Gives a user a new random password and answers it. Not on the bus: for the command line, whoever may run it owns
 * the data anyway. It is the way in when the first administrator's password was never seen or is forgotten.
 */
@Injectable()
export class ResetPassword {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly hasher: PasswordHasher,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** @throws DomainError `not_found` when no user has this login. */
  async run(login: string): Promise<{ login: string; password: string }> {
    const password = newSecret(15);
    const passwordHash = await this.hasher.hash(password);
    return this.transaction.run(async (change) => {
      const row = await change.manager.findOneBy(AccountEntity, { loginKey: loginKey(login), kind: 'user' });
      if (!row) throw new DomainError('not_found', `There is no user "${login}".`);
      await writePassword(change, row, passwordHash, { now: this.clock.now(), actor: null });
      return { login: row.login, password };
    });
  }
}
