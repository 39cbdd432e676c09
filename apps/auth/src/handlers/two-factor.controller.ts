import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { ConfirmTwoFactor } from '../use-cases/confirm-two-factor';
import { DisableTwoFactor } from '../use-cases/disable-two-factor';
import { StartTwoFactor } from '../use-cases/start-two-factor';

@Controller()
export class TwoFactorController {
  constructor(
    private readonly startTwoFactorCase: StartTwoFactor,
    private readonly confirmTwoFactorCase: ConfirmTwoFactor,
    private readonly disableTwoFactorCase: DisableTwoFactor,
  ) {}

  @Answers('startTwoFactor')
  startTwoFactor(request: Ask<'startTwoFactor'>): Promise<Answer<'startTwoFactor'>> {
    return this.startTwoFactorCase.run(request);
  }

  @Answers('confirmTwoFactor')
  confirmTwoFactor(request: Ask<'confirmTwoFactor'>): Promise<Answer<'confirmTwoFactor'>> {
    return this.confirmTwoFactorCase.run(request);
  }

  @Answers('disableTwoFactor')
  disableTwoFactor(request: Ask<'disableTwoFactor'>): Promise<Answer<'disableTwoFactor'>> {
    return this.disableTwoFactorCase.run(request);
  }
}
