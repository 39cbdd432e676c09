import { Inject, Injectable } from '@nestjs/common';
import { factKey, type FormatState } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { FactCache, type Invalidations, INVALIDATIONS } from '@packhouse/messaging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

type States = ReadonlyMap<string, FormatState>;

/** Which formats an administrator made read-only or disabled: a handful, known whole (spec R-4). */
@Injectable()
export class FormatStates {
  private readonly cache: FactCache<States>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.cache = new FactCache(invalidations, { max: 1 });
  }

  /** Formats that are not in it are enabled. */
  all(): States | Promise<States> {
    return this.cache.peek('all') ?? this.load();
  }

  private async load(): Promise<States> {
    const states = await this.cache.find('all', async () => {
      const rows = await this.database.query<{ format: string; state: FormatState }>(
        'SELECT format, state FROM format_policies',
      );
      return {
        value: new Map(rows.map(({ format, state }) => [format, state])),
        keys: [factKey.formats()],
      };
    });
    return states ?? new Map();
  }
}
