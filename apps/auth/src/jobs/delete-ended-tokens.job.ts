import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { DAY, HOUR, type Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

const keptMs = 30 * DAY;
const batchSize = 1000;

/** Deletes the rows of tokens that ended thirty days ago; until then they answer questions about the past. */
@Injectable()
export class DeleteEndedTokensJob implements Job {
  readonly name = 'auth.delete-ended-tokens';
  readonly everyMs = 6 * HOUR;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - keptMs);
    for (let deleted = batchSize; deleted === batchSize;) {
      // Small transactions: a sweep never stands in the way of requests.
      const rows = await this.database.query(
        `DELETE FROM tokens WHERE id IN (
           SELECT id FROM tokens WHERE (revoked_at IS NOT NULL OR expires_at IS NOT NULL) AND LEAST(revoked_at, expires_at) < $1 LIMIT $2)
         RETURNING id`,
        [before, batchSize],
      );
      deleted = rows.length;
    }
  }
}
