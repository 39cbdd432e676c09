import type { Provider } from '@nestjs/common';
import { join } from 'node:path';
import type { Settings } from '@packhouse/config';
import type { OpenServiceDatabase, ServiceDatabase, ServiceSchema } from '@packhouse/database';
import { isDomainError } from '@packhouse/kernel';
import type { HealthRegistry, Logger } from '@packhouse/observability';
import type { Cleanup } from './cleanup';
import { explainCause, StartError } from './start-error';

interface DatabaseContext {
  readonly schemas: readonly ServiceSchema[];
  /** The platform's own tables in each schema. */
  readonly platformMigrations: (schema: string) => ServiceSchema['migrations'];
  readonly settings: Settings;
  readonly dataFolder: string | null;
  readonly logger: Logger;
  readonly cleanup: Cleanup;
  readonly health: HealthRegistry;
  readonly onProgress: (what: string) => void;
}

/** Databases of the local services by schema name, and their providers. */
export interface LocalDatabases {
  readonly bySchema: ReadonlyMap<string, ServiceDatabase>;
  readonly providers: readonly Provider[];
}

/** Connects every local service to its schema, on the Postgres of the settings or on one of our own. */
export async function openDatabases(context: DatabaseContext): Promise<LocalDatabases> {
  const { schemas, settings } = context;
  if (schemas.length === 0) return { bySchema: new Map(), providers: [] };
  // Loaded only where there is a database: gateways start faster and smaller without it.
  const { databaseToken } = await import('@packhouse/database');
  const url = settings.values.database.url ?? (await startOwnPostgres(context));
  const opened = await Promise.allSettled(schemas.map((schema) => openOne(context, schema, url)));
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed) throw explainUnreachable(failed.reason, url, settings);
  const bySchema = new Map(opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  const providers = [...bySchema].map(([schema, useValue]) => ({ provide: databaseToken(schema), useValue }));
  return { bySchema, providers };
}

async function startOwnPostgres({
  settings,
  dataFolder,
  logger,
  cleanup,
  onProgress,
}: DatabaseContext): Promise<string> {
  const { LocalPostgres } = await import('@packhouse/database');
  const folder = join(dataFolder ?? settings.values.data.folder, 'postgres');
  const postgres = await LocalPostgres.start({ folder, logger, onProgress });
  cleanup.defer('Postgres', () => postgres.stop());
  return postgres.connectionUrl();
}

async function openOne(
  context: DatabaseContext,
  schema: ServiceSchema,
  url: string,
): Promise<[string, ServiceDatabase]> {
  const { settings, platformMigrations, logger, cleanup, health } = context;
  const { openServiceDatabase } = await import('@packhouse/database');
  const { poolSize } = settings.values.database;
  const extraMigrations = platformMigrations(schema.name);
  const database = await openServiceDatabase({ url, schema, extraMigrations, poolSize, logger });
  cleanup.defer(`the database of ${schema.name}`, () => database.close());
  health.register(`database ${schema.name}`, async () => void (await database.query('SELECT 1')));
  return [schema.name, withoutHooks(database)];
}

/**
 * A view without Nest's life cycle: the application's own shutdown hooks still write (they flush counters), and Nest
 * would close the connections beside them. They close after the application.
 */
function withoutHooks(database: OpenServiceDatabase): ServiceDatabase {
  return {
    schema: database.schema,
    dataSource: database.dataSource,
    transaction: (work) => database.transaction(work),
    query: (...call) => database.query(...call),
  };
}

function explainUnreachable(error: unknown, url: string, settings: Settings): unknown {
  if (!isDomainError(error, 'unavailable') || !error.cause || settings.values.database.url === undefined)
    return error;
  const { code } = error.cause as { code?: unknown };
  // What Postgres itself refused has its own sentence.
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return error;
  const host = URL.canParse(url) ? new URL(url).host : 'the given address';
  return new StartError(
    `Postgres at ${host} cannot be reached (${explainCause(error.cause)}): start it, or check PACKHOUSE_DATABASE_URL.`,
  );
}
