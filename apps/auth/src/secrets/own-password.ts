import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { getAccountRow } from '../facts/accounts';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { PasswordCheck } from './password-check';

/** Asks a signed-in person for the password once more, before something important. */
@Injectable()
export class OwnPassword {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly passwords: PasswordCheck,
  ) {}

  /** @throws DomainError `credentials_invalid` or `rate_limited`. */
  async confirm(accountId: string, password: string): Promise<{ login: string }> {
    const { login } = await getAccountRow(this.database.dataSource.manager, accountId, 'user');
    await this.passwords.check({ login, password });
    return { login };
  }
}
