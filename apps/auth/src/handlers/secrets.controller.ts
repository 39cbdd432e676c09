import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { KeepSecret } from '../use-cases/keep-secret';

@Controller()
export class SecretsController {
  constructor(private readonly keepSecretCase: KeepSecret) {}

  @Answers('keepSecret')
  keepSecret(request: Ask<'keepSecret'>): Promise<Answer<'keepSecret'>> {
    return this.keepSecretCase.run(request);
  }
}
