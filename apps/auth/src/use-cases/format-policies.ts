import { Inject, Injectable } from '@nestjs/common';
import { authEvents, factKey, type FormatState } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { AuthTransaction } from '../auth-transaction';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Which formats are switched on in this instance. A format of which nothing is known is. */
@Injectable()
export class FormatPolicies {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
  ) {}

  async get({ format }: Ask<'getFormatPolicy'>): Promise<Answer<'getFormatPolicy'>> {
    const [row] = await this.database.query<{ state: FormatState }>(
      'SELECT state FROM format_policies WHERE format = $1',
      [format],
    );
    return { format, state: row?.state ?? 'enabled' };
  }

  async list(): Promise<Answer<'listFormatPolicies'>> {
    const policies = await this.database.query<{ format: string; state: FormatState }>(
      'SELECT format, state FROM format_policies ORDER BY format LIMIT 1000',
    );
    return { policies };
  }

  async set({ format, state, actor }: Ask<'setFormatPolicy'>): Promise<Answer<'setFormatPolicy'>> {
    await this.transaction.run(async (change) => {
      const written = await change.manager.query<unknown[]>(
        `INSERT INTO format_policies AS p (format, state) VALUES ($1, $2)
         ON CONFLICT (format) DO UPDATE SET state = EXCLUDED.state WHERE p.state <> EXCLUDED.state RETURNING state`,
        [format, state],
      );
      if (written.length === 0) return;
      await change.record(authEvents.formatPolicyChanged, { format, state }, actor);
      change.forget(factKey.formatPolicy(format), factKey.formats());
    });
    return {};
  }
}
