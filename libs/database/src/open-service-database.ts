import { DomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import { Client, types, type Pool } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DataSource,
  type EntityManager,
  type Logger as TypeormLogger,
  type MigrationInterface,
} from 'typeorm';
import { explainDatabaseError, findSqlState, isConflict, isConnectionFailure } from './database-errors';
import { runTransaction } from './pipelined-transaction';
import type { ServiceDatabase, ServiceSchema } from './service-database';

export interface ServiceDatabaseOptions {
  readonly url: string;
  readonly schema: ServiceSchema;
  /** The platform's own tables in this schema: outbox, jobs. */
  readonly extraMigrations?: ReadonlyArray<new () => MigrationInterface>;
  /** Most connections at a time. */
  readonly poolSize: number;
  readonly logger: Logger;
  /** How long to wait at start for a Postgres that is not there yet. */
  readonly patienceMs?: number;
}

/** A {@link ServiceDatabase} that its opener closes. */
export interface OpenServiceDatabase extends ServiceDatabase {
  /** Waits for statements that run and ends the connections; later calls do nothing. */
  close(): Promise<void>;
}

/**
 * Connects a service to its schema: makes the schema if it is missing and brings it up to date. Replicas that start
 * together take turns. Every bigint is read as a number and refused beyond 2^53; `numeric` (a sum of bigint) stays text.
 */
export async function openServiceDatabase(options: ServiceDatabaseOptions): Promise<OpenServiceDatabase> {
  const { name } = options.schema;
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name))
    throw new Error(`"${name}" is not a schema name: use lower-case letters, digits and _.`);
  const dataSource = createDataSource(options);
  const gate = await connectGate(options);
  try {
    // Held until this connection ends, whatever happens to us.
    await gate.query(`SELECT pg_advisory_lock(hashtextextended($1, 0))`, [`packhouse.migrations.${name}`]);
    await gate.query(`CREATE SCHEMA IF NOT EXISTS "${name}"`);
    await dataSource.initialize();
    const done = await dataSource.runMigrations({ transaction: 'each' });
    if (done.length > 0)
      options.logger.info(
        { schema: name, migrations: done.map((one) => one.name) },
        'Database schema brought up to date',
      );
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy().catch(() => undefined);
    throw explainDatabaseError(error);
  } finally {
    await gate.end().catch(() => undefined);
  }
  return new PooledServiceDatabase(name, dataSource);
}

/** Waits for a Postgres that is starting; a wrong URL is a sentence at once. */
async function connectGate({ url, logger, patienceMs = 15_000 }: ServiceDatabaseOptions): Promise<Client> {
  for (const end = Date.now() + patienceMs; ; await sleep(250)) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (!isConnectionFailure(error)) throw explainRefusal(error);
      if (Date.now() > end) throw explainDatabaseError(error);
      logger.debug({ reason: (error as Error).message }, 'Waiting for Postgres');
    }
  }
}

function explainRefusal(error: unknown): unknown {
  const state = findSqlState(error);
  if (state === null) return error;
  const sentence = `Postgres refused the connection (${(error as Error).message}): check PACKHOUSE_DATABASE_URL.`;
  return new DomainError('unavailable', sentence, {}, { cause: error });
}

/** TypeORM writes failed migrations to the console by itself. Statements stay out of the log: they hold people's data. */
function forwardLog(logger: Logger): TypeormLogger {
  const say = (message: unknown): void => logger.debug({ component: 'typeorm' }, String(message));
  const ignore = (): void => undefined;
  return {
    logQuery: ignore,
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: say,
    logMigration: say,
    log: (_level, message) => say(message),
  };
}

const int8Oid: number = types.builtins.INT8;

function createDataSource({
  url,
  schema,
  extraMigrations = [],
  poolSize,
  logger,
}: ServiceDatabaseOptions): DataSource {
  const dataSource: DataSource = new DataSource({
    type: 'postgres',
    url,
    schema: schema.name,
    entities: [...schema.entities] as Array<new () => object>,
    migrations: [...extraMigrations, ...schema.migrations],
    migrationsTableName: 'migration',
    // gen_random_uuid() is built in; the default of TypeORM asks for an extension.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    logger: forwardLog(logger),
    poolSize,
    connectTimeoutMS: 5000,
    applicationName: `packhouse ${schema.name}`,
    // An idle connection was cut. The pool drops it and opens another when one is needed.
    // After a close the last connections end by themselves or with the server: nobody needs to know.
    poolErrorHandler: (error: Error) => {
      if (dataSource.isInitialized)
        logger.warn({ schema: schema.name, reason: error.message }, 'A database connection was lost');
    },
    extra: {
      // Migrations and raw statements may leave the schema out.
      options: `-c search_path=${schema.name},public`,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      // Statements are sent without waiting for the answers of those before them.
      pipeline: true,
      types: { getTypeParser: findTypeParser },
    },
  });
  return dataSource;
}

function findTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === int8Oid) return parseSafeInteger;
  return types.getTypeParser(oid, format) as (text: string) => unknown;
}

/** Byte counts and positions stay far below 2^53; a number that does not fit must not be rounded silently. */
function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`The bigint ${text} is too large to be read as a number.`);
  return value;
}

class PooledServiceDatabase implements OpenServiceDatabase {
  private closed: Promise<void> | null = null;

  constructor(
    readonly schema: string,
    readonly dataSource: DataSource,
  ) {}

  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await runTransaction(this.dataSource, work);
    } catch (error) {
      if (!isConflict(error)) throw explainDatabaseError(error);
    }
    // Two transactions that met once would meet again if both came back at the same moment.
    await sleep(5 + Math.random() * 20);
    return runTransaction(this.dataSource, work).catch((error: unknown) =>
      Promise.reject(explainDatabaseError(error) as Error),
    );
  }

  async query<Row = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
    name?: string,
  ): Promise<Row[]> {
    const { master } = this.dataSource.driver as unknown as { master?: Pool };
    if (master === undefined) throw new DomainError('unavailable', 'The database is closed.');
    try {
      const result = await master.query({ text: sql, values: [...parameters], name });
      return result.rows as Row[];
    } catch (error) {
      throw explainDatabaseError(error);
    }
  }

  close(): Promise<void> {
    this.closed ??= this.dataSource.destroy();
    return this.closed;
  }
}
