import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { MINUTE } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Beyond this many tokens within a minute the rest go unnoted: a display value is not worth the memory. */
const maxNoted = 20_000;

/** When tokens were last used: noted in memory, written once a minute and at the end, apart from every request. */
@Injectable()
export class TokenUsage implements OnModuleDestroy {
  private noted = new Map<string, Date>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.timer = setInterval(() => void this.flush(), MINUTE).unref();
  }

  note(tokenId: string | null, at: Date): void {
    if (tokenId !== null && (this.noted.size < maxNoted || this.noted.has(tokenId)))
      this.noted.set(tokenId, at);
  }

  /** Writes what was noted, in the order of ids, so that two replicas cannot lock each other out. */
  async flush(): Promise<void> {
    const noted = [...this.noted].sort(([a], [b]) => (a < b ? -1 : 1));
    if (noted.length === 0) return;
    this.noted = new Map();
    try {
      await this.database.query(
        `WITH used AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)),
              locked AS (SELECT t.id FROM tokens t JOIN used USING (id) ORDER BY t.id FOR NO KEY UPDATE OF t)
         UPDATE tokens t SET last_used_at = used.at FROM used JOIN locked USING (id)
         WHERE t.id = used.id AND (t.last_used_at IS NULL OR t.last_used_at < used.at)`,
        [noted.map(([id]) => id), noted.map(([, at]) => at)],
      );
    } catch (error) {
      this.logger.warn(
        { error, tokens: noted.length },
        'The times of last use of tokens could not be written.',
      );
    }
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }
}
