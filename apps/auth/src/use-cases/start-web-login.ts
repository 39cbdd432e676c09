import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, MINUTE, newSecret, sha256Hex, type Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { WebLoginEntity } from '../persistence/credential.entities';
import { cleanLine } from '../plain-text';
import { newConfirmCode } from '../secrets/one-time-passwords';

/** How long a person has to answer, and the client to fetch the outcome. */
const lifetimeMs = 10 * MINUTE;
/** Anybody may begin a sign-in, and every refused write of a client begins a confirmation: bounded for each address. */
const maxWaiting = { login: 100, otp: 500 } as const;

/** Begins a sign-in that a person answers in a browser. */
@Injectable()
export class StartWebLogin {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({
    purpose,
    accountId,
    address,
    userAgent,
  }: Ask<'startWebLogin'>): Promise<Answer<'startWebLogin'>> {
    const { manager } = this.database.dataSource;
    if (purpose === 'otp') await this.checkAccount(accountId);
    const from = cleanLine(address, 100);
    const now = this.clock.now();
    await this.checkRoom(purpose, from, now);
    const pollSecret = newSecret();
    const row = manager.create(WebLoginEntity, {
      ...{ loginId: newSecret(16), pollHash: sha256Hex(pollSecret), purpose, state: 'pending' as const },
      ...{
        accountId: purpose === 'otp' ? accountId : null,
        address: from,
        userAgent: cleanLine(userAgent, 500),
      },
      ...{ confirmCode: newConfirmCode(), createdAt: now, expiresAt: new Date(now.getTime() + lifetimeMs) },
    });
    await manager.insert(WebLoginEntity, row);
    return { loginId: row.loginId, pollSecret };
  }

  private async checkAccount(accountId: string | null): Promise<void> {
    if (accountId === null)
      throw new DomainError('invalid_request', 'Say whose one-time password is asked for.');
    await getAccountRow(this.database.dataSource.manager, accountId, 'user');
  }

  private async checkRoom(purpose: 'login' | 'otp', address: string, now: Date): Promise<void> {
    const [row] = await this.database.query<{ waiting: number }>(
      'SELECT count(*)::int AS waiting FROM web_logins WHERE address = $1 AND created_at > $2 AND purpose = $3',
      [address, new Date(now.getTime() - lifetimeMs), purpose],
    );
    if (row && row.waiting >= maxWaiting[purpose]) {
      const retryAfterSeconds = lifetimeMs / 1000;
      throw new DomainError(
        'rate_limited',
        'Too many sign-ins were begun from this address: wait ten minutes.',
        { retryAfterSeconds },
      );
    }
  }
}
