import { Injectable } from '@nestjs/common';
import { authEvents, type Actor } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { forgetAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';
import { SessionEntity } from '../persistence/session.entity';
import { OwnPassword } from '../secrets/own-password';
import { PasswordHasher } from '../secrets/passwords';

/** Changes a password by its holder. */
@Injectable()
export class ChangePassword {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly ownPassword: OwnPassword,
    private readonly hasher: PasswordHasher,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({
    accountId,
    oldPassword,
    newPassword,
    actor,
  }: Ask<'changePassword'>): Promise<Answer<'changePassword'>> {
    const { login } = await this.ownPassword.confirm(accountId, oldPassword);
    const passwordHash = await this.hasher.hash(newPassword);
    await this.transaction.run((change) =>
      writePassword(change, { id: accountId, login }, passwordHash, { now: this.clock.now(), actor }),
    );
    return {};
  }
}

/**
 * Stores a new password; whatever was remembered of the old one is forgotten everywhere before the answer. Sessions
 * that began with the old one end: whoever stole it may have signed in.
 */
export async function writePassword(
  change: Change,
  account: { id: string; login: string },
  passwordHash: string,
  { now, actor }: { now: Date; actor: Actor | null },
): Promise<void> {
  await change.manager.update(AccountEntity, { id: account.id }, { passwordHash, updatedAt: now });
  await change.manager.delete(SessionEntity, { accountId: account.id });
  await change.record(authEvents.accountUpdated, { accountId: account.id, login: account.login }, actor);
  forgetAccount(change, account);
}
