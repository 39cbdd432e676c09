import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { HOUR, type Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Deletes sessions that ended by themselves, and forgets ID tokens that have expired and so cannot come again. */
@Injectable()
export class DeleteEndedSessionsJob implements Job {
  readonly name = 'auth.delete-ended-sessions';
  readonly everyMs = HOUR;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const now = this.clock.now();
    await this.database.query('DELETE FROM sessions WHERE idle_ends_at <= $1', [now]);
    await this.database.query('DELETE FROM used_id_tokens WHERE expires_at <= $1', [now]);
  }
}
