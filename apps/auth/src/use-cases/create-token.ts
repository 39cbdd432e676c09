import { Injectable } from '@nestjs/common';
import type { Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { insertToken } from '../facts/tokens';
import type { Answer, Ask } from '../messages';

/** Makes an access token; its text is shown this once. */
@Injectable()
export class CreateToken {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'createToken'>): Promise<Answer<'createToken'>> {
    const expiresAt = request.expiresAt === null ? null : new Date(request.expiresAt);
    return this.transaction.run((change) => insertToken(change, { ...request, expiresAt }, this.clock.now()));
  }
}
