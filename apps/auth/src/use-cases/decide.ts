import { Injectable } from '@nestjs/common';
import { decideAccess } from '@packhouse/access';
import type { Decision, Principal } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';
import { Questions } from '../facts/questions';
import type { Ask } from '../messages';

/** The answer to a credential that was right once. */
export const expiredCredential = {
  allowed: false,
  code: 'credentials_invalid',
  reason: 'The access token has expired: create a new one.',
} as const;

/** Loads the facts of a question and asks the rules. */
@Injectable()
export class Decide {
  constructor(
    private readonly questions: Questions,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ principal, action, subject }: Ask<'decide'>): Promise<Decision> {
    if (principal !== null && this.hasExpired(principal)) return expiredCredential;
    const known = this.questions.gather(principal, subject);
    const { caller, subject: about } = known instanceof Promise ? await known : known;
    return decideAccess(action, caller, about);
  }

  /** Callers keep principals for a while, past the end of a token. */
  private hasExpired({ expiresAt }: Principal): boolean {
    return expiresAt !== null && Date.parse(expiresAt) <= this.clock.now().getTime();
  }
}
