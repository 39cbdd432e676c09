import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import { getWebLogin } from '../facts/web-logins';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** What the page shows to the person who is to answer. */
@Injectable()
export class DescribeWebLogin {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ loginId }: Ask<'describeWebLogin'>): Promise<Answer<'describeWebLogin'>> {
    const { manager } = this.database.dataSource;
    const row = await getWebLogin(manager, { loginId }, this.clock.now());
    const login =
      row.purpose === 'otp' && row.accountId !== null
        ? (await getAccountRow(manager, row.accountId)).login
        : null;
    const { purpose, address, userAgent, confirmCode } = row;
    const state = row.state === 'used' ? 'approved' : row.state;
    return { purpose, login, address, userAgent, state, confirmCode, createdAt: row.createdAt.toISOString() };
  }
}
