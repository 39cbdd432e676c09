import { Injectable } from '@nestjs/common';
import { DomainError, hashToken, looksLikeToken } from '@packhouse/kernel';
import { Principals } from '../facts/principals';
import type { Answer, Ask } from '../messages';
import { OtpCheck } from '../secrets/otp-check';
import { PasswordCheck } from '../secrets/password-check';

/** Signs a person in. With a token in place of the password the answer carries the limits of that token. */
@Injectable()
export class SignIn {
  constructor(
    private readonly principals: Principals,
    private readonly passwords: PasswordCheck,
    private readonly otps: OtpCheck,
  ) {}

  async run({ login, password, otp, address }: Ask<'signIn'>): Promise<Answer<'signIn'>> {
    const principal = looksLikeToken(password)
      ? await this.principals.getByTokenHash(hashToken(password))
      : await this.passwords.check({ login, password, address });
    if (principal.twoFactor !== 'off') {
      if (!otp)
        throw new DomainError(
          'otp_required',
          'This account asks for a one-time password: take it from your authenticator.',
        );
      await this.otps.spend(principal.accountId, otp);
    }
    return { principal };
  }
}
