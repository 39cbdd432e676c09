import { Injectable } from '@nestjs/common';
import { authEvents, type Actor } from '@packhouse/contracts';
import { DomainError, type Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { forgetAccount, getAccountRow } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';
import { AuthenticatorEntity, RecoveryCodeEntity } from '../persistence/credential.entities';
import { GuessThrottle, otpCounters } from '../secrets/guess-throttle';
import { findStep, hashRecoveryCode, newRecoveryCodes } from '../secrets/one-time-passwords';

/** Puts an authenticator in force once it has shown a right code, and gives the recovery codes this once. */
@Injectable()
export class ConfirmTwoFactor {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly throttle: GuessThrottle,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ accountId, otp, actor }: Ask<'confirmTwoFactor'>): Promise<Answer<'confirmTwoFactor'>> {
    const succeed = await this.throttle.begin(otpCounters(accountId));
    const recoveryCodes = await this.transaction.run((change) =>
      this.confirm(change, accountId, otp.replace(/\s/g, ''), actor),
    );
    await succeed();
    return { recoveryCodes };
  }

  private async confirm(change: Change, accountId: string, code: string, actor: Actor): Promise<string[]> {
    const { manager } = change;
    const row = await manager.findOne(AuthenticatorEntity, {
      where: { accountId },
      lock: { mode: 'pessimistic_write' },
    });
    if (!row)
      throw new DomainError('not_found', 'No authenticator is being set up: begin with the password.');
    if (row.confirmedAt !== null)
      throw new DomainError('forbidden', 'Two-factor authentication is already on.');
    const now = this.clock.now();
    const lastStep = findStep(row.secret, code, now);
    if (lastStep === null)
      throw new DomainError(
        'otp_required',
        'The one-time password is wrong: check the clock of your device and try the next one.',
      );
    await manager.update(AuthenticatorEntity, { accountId }, { confirmedAt: now, lastStep });
    await manager.update(AccountEntity, { id: accountId }, { twoFactor: row.mode, updatedAt: now });
    const codes = newRecoveryCodes();
    await manager.delete(RecoveryCodeEntity, { accountId });
    await manager.insert(
      RecoveryCodeEntity,
      codes.map((text) => ({ accountId, hash: hashRecoveryCode(text) })),
    );
    const account = await getAccountRow(manager, accountId);
    await change.record(authEvents.accountUpdated, { accountId, login: account.login }, actor);
    forgetAccount(change, account);
    return codes;
  }
}
