import { defineEvent } from '@packhouse/contracts';
import { openServiceDatabase, type OpenServiceDatabase } from '@packhouse/database';
import { silentLogger } from '@packhouse/observability';
import { z } from 'zod';
import type { EventRetry } from '../../src/event-consumer';
import { outboxMigrations } from '../../src/outbox-migration';

export const happened = defineEvent('thing.happened', z.object({ number: z.number().int() }));
export const ignored = defineEvent('thing.ignored', z.object({}));
export const quickRetry: EventRetry = { waitsMs: [10, 10], outageAttempts: 8, handlerMs: 500 };

/** The database of a service that has the tables of events and nothing else. */
export async function openSchema(url: string, name: string): Promise<OpenServiceDatabase> {
  return openServiceDatabase({
    url,
    schema: { name, entities: [], migrations: [] },
    extraMigrations: outboxMigrations(name),
    poolSize: 5,
    logger: silentLogger,
  });
}
