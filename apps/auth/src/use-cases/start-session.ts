import { Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { authEvents } from '@packhouse/contracts';
import { DAY, DomainError, HOUR, newId, newSecret, sha256Hex, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import type { Answer, Ask } from '../messages';
import { SessionEntity } from '../persistence/session.entity';
import { cleanLine } from '../plain-text';
import { SignIn } from './sign-in';

/** Signs a person in for a browser. The text is new each time: a session that was there before is never adopted. */
@Injectable()
export class StartSession {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly signIn: SignIn,
    private readonly settings: Settings,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'startSession'>): Promise<Answer<'startSession'>> {
    const { principal } = await this.signIn.run(request);
    // A token must not be traded for the whole account.
    if (principal.tokenId !== null)
      throw new DomainError('forbidden', 'Sign in with your password here: an access token is not enough.');
    const { accountId, login } = principal;
    const { sessionIdleHours, sessionDays } = this.settings.values.credentials;
    const now = this.clock.now();
    const session = newSecret();
    const endsAt = new Date(now.getTime() + sessionDays * DAY);
    const idleEndsAt = new Date(Math.min(endsAt.getTime(), now.getTime() + sessionIdleHours * HOUR));
    const address = cleanLine(request.address, 100);
    const row: SessionEntity = {
      ...{ id: newId(now.getTime()), accountId, hash: sha256Hex(session), address },
      ...{
        userAgent: cleanLine(request.userAgent, 500),
        createdAt: now,
        lastUsedAt: now,
        idleEndsAt,
        endsAt,
      },
    };
    await this.transaction.run(async (change) => {
      await change.manager.insert(SessionEntity, row);
      const actor = { accountId, login, tokenId: null, address, requestId: request.requestId };
      await change.record(authEvents.sessionStarted, { accountId, sessionId: row.id }, actor);
    });
    return { session, principal, expiresAt: endsAt.toISOString() };
  }
}
