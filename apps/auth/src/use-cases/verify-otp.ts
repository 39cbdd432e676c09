import { Injectable } from '@nestjs/common';
import type { Answer, Ask } from '../messages';
import { OtpCheck } from '../secrets/otp-check';

/** Checks and spends a one-time password, a recovery code, or a code that was given in the browser. */
@Injectable()
export class VerifyOtp {
  constructor(private readonly otps: OtpCheck) {}

  async run({ accountId, otp }: Ask<'verifyOtp'>): Promise<Answer<'verifyOtp'>> {
    await this.otps.spend(accountId, otp);
    return {};
  }
}
