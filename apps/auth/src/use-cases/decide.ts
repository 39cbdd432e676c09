import { Injectable } from '@nestjs/common';
import { anonymousCaller, decideAccess } from '@packhouse/access';
import type { Decision, Principal } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';
import { Standings } from '../facts/standings';
import type { Ask } from '../messages';

/** Loads the facts of a question and asks the rules. */
@Injectable()
export class Decide {
  constructor(
    private readonly standings: Standings,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ principal, action, subject }: Ask<'decide'>): Promise<Decision> {
    const { ownerLogin, name } = subject;
    const visibility = subject.package?.visibility ?? null;
    if (principal === null)
      return decideAccess(action, anonymousCaller, { ownerLogin, name, visibility, ownerKind: 'user' });
    if (this.hasExpired(principal)) {
      return {
        allowed: false,
        code: 'credentials_invalid',
        reason: 'The access token has expired: create a new one.',
      };
    }
    const known = this.standings.find(principal.accountId, subject.ownerId, subject.package?.id ?? null);
    const { ownerKind, ...standing } = known instanceof Promise ? await known : known;
    return decideAccess(action, { principal, ...standing }, { ownerLogin, name, visibility, ownerKind });
  }

  /** Callers keep principals for a while, past the end of a token. */
  private hasExpired({ expiresAt }: Principal): boolean {
    return expiresAt !== null && Date.parse(expiresAt) <= this.clock.now().getTime();
  }
}
