import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { newAuthenticatorSecret, otpauthUrl } from '../secrets/one-time-passwords';
import { OwnPassword } from '../secrets/own-password';

/** Gives a new authenticator secret; nothing is asked for before it is confirmed. */
@Injectable()
export class StartTwoFactor {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly ownPassword: OwnPassword,
  ) {}

  async run({ accountId, password, mode }: Ask<'startTwoFactor'>): Promise<Answer<'startTwoFactor'>> {
    const { login } = await this.ownPassword.confirm(accountId, password);
    const secret = newAuthenticatorSecret();
    // An authenticator in force is never replaced by a password alone.
    const written = await this.database.query(
      `INSERT INTO authenticators (account_id, secret, mode) VALUES ($1, $2, $3)
       ON CONFLICT (account_id) DO UPDATE SET secret = EXCLUDED.secret, mode = EXCLUDED.mode, last_step = 0
       WHERE authenticators.confirmed_at IS NULL RETURNING account_id`,
      [accountId, secret, mode],
    );
    if (written.length === 0)
      throw new DomainError('forbidden', 'Two-factor authentication is already on: turn it off first.');
    return { otpauthUrl: otpauthUrl(secret, login) };
  }
}
