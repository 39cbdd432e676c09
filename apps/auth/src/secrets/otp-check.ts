import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, sha256Hex, type Clock } from '@packhouse/kernel';
import { IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { InjectClock } from '../clock';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import {
  AuthenticatorEntity,
  OneTimeCodeEntity,
  RecoveryCodeEntity,
} from '../persistence/credential.entities';
import { GuessThrottle, otpCounters } from './guess-throttle';
import { findStep, hashRecoveryCode } from './one-time-passwords';

/** Checks one-time passwords of every kind. Each passes once: one statement both checks and spends it. */
@Injectable()
export class OtpCheck {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly throttle: GuessThrottle,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** @throws DomainError `otp_required` when it is wrong or spent, `rate_limited` after too many wrong ones. */
  async spend(accountId: string, otp: string): Promise<void> {
    const succeed = await this.throttle.begin(otpCounters(accountId));
    const code = otp.replace(/\s/g, '');
    const right = /^\d{6}$/.test(code)
      ? await this.spendStep(accountId, code)
      : (await this.spendOneTimeCode(accountId, code)) || (await this.spendRecoveryCode(accountId, code));
    if (!right)
      throw new DomainError(
        'otp_required',
        'The one-time password is wrong or already used: wait for the next one and try again.',
      );
    await succeed();
  }

  /** RFC 6238, section 5.2: a code that was accepted is not accepted again. */
  private async spendStep(accountId: string, code: string): Promise<boolean> {
    const { manager } = this.database.dataSource;
    const row = await manager.findOneBy(AuthenticatorEntity, { accountId, confirmedAt: Not(IsNull()) });
    const step = row && findStep(row.secret, code, this.clock.now());
    if (step === null) return false;
    const spent = await manager.update(
      AuthenticatorEntity,
      { accountId, lastStep: LessThan(step) },
      { lastStep: step },
    );
    return spent.affected === 1;
  }

  private async spendOneTimeCode(accountId: string, code: string): Promise<boolean> {
    const live = { hash: sha256Hex(code), accountId, expiresAt: MoreThan(this.clock.now()) };
    return (await this.database.dataSource.manager.delete(OneTimeCodeEntity, live)).affected === 1;
  }

  private async spendRecoveryCode(accountId: string, code: string): Promise<boolean> {
    const hash = hashRecoveryCode(code);
    return (
      (await this.database.dataSource.manager.delete(RecoveryCodeEntity, { accountId, hash })).affected === 1
    );
  }
}
