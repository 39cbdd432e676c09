import { Injectable } from '@nestjs/common';
import { authEvents } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { forgetAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';
import {
  AuthenticatorEntity,
  OneTimeCodeEntity,
  RecoveryCodeEntity,
} from '../persistence/credential.entities';
import { OtpCheck } from '../secrets/otp-check';
import { OwnPassword } from '../secrets/own-password';

/** Turns two-factor authentication off, with both factors. */
@Injectable()
export class DisableTwoFactor {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly ownPassword: OwnPassword,
    private readonly otps: OtpCheck,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({
    accountId,
    password,
    otp,
    actor,
  }: Ask<'disableTwoFactor'>): Promise<Answer<'disableTwoFactor'>> {
    const { login } = await this.ownPassword.confirm(accountId, password);
    await this.otps.spend(accountId, otp);
    await this.transaction.run(async (change) => {
      const { manager } = change;
      for (const table of [AuthenticatorEntity, RecoveryCodeEntity, OneTimeCodeEntity])
        await manager.delete(table, { accountId });
      await manager.update(
        AccountEntity,
        { id: accountId },
        { twoFactor: 'off', updatedAt: this.clock.now() },
      );
      await change.record(authEvents.accountUpdated, { accountId, login }, actor);
      forgetAccount(change, { id: accountId, login });
    });
    return {};
  }
}
