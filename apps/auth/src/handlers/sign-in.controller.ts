import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { Authenticate } from '../use-cases/authenticate';
import { SignIn } from '../use-cases/sign-in';
import { VerifyOtp } from '../use-cases/verify-otp';

@Controller()
export class SignInController {
  constructor(
    private readonly authenticateCase: Authenticate,
    private readonly verifyOtpCase: VerifyOtp,
    private readonly signInCase: SignIn,
  ) {}

  @Answers('authenticate')
  authenticate(request: Ask<'authenticate'>): Promise<Answer<'authenticate'>> {
    return this.authenticateCase.run(request);
  }

  @Answers('verifyOtp')
  verifyOtp(request: Ask<'verifyOtp'>): Promise<Answer<'verifyOtp'>> {
    return this.verifyOtpCase.run(request);
  }

  @Answers('signIn')
  signIn(request: Ask<'signIn'>): Promise<Answer<'signIn'>> {
    return this.signInCase.run(request);
  }
}
