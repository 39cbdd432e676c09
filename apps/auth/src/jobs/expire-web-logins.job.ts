import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { MINUTE, type Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Deletes web sign-ins and one-time codes that can no longer be used. */
@Injectable()
export class ExpireWebLoginsJob implements Job {
  readonly name = 'auth.expire-web-logins';
  readonly everyMs = 10 * MINUTE;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const now = this.clock.now();
    await this.database.query('DELETE FROM web_logins WHERE expires_at <= $1', [now]);
    await this.database.query('DELETE FROM one_time_codes WHERE expires_at <= $1', [now]);
  }
}
