import { Inject } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';

/** What a service says of its part of the database. */
export interface ServiceSchema {
  /** Postgres schema; nobody else reads or writes it. */
  readonly name: string;
  // Classes, as TypeORM takes them.
  readonly entities: ReadonlyArray<abstract new (...args: never[]) => object>;
  /** In order; each has a unique `name` ending in a timestamp. The platform's own (outbox, jobs) are added by the runtime. */
  readonly migrations: ReadonlyArray<new () => import('typeorm').MigrationInterface>;
}

/** The connection of one service, with its schema first on the search path. */
export interface ServiceDatabase {
  readonly schema: string;
  readonly dataSource: DataSource;
  /** Runs `work` in one transaction (READ COMMITTED); retried once on a serialization failure or deadlock. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /**
   * Raw SQL with `$1` parameters outside a transaction, rows as plain objects. With `name` the statement is planned once per
   * connection: for the few that run on every request. A name belongs to one text.
   */
  query<Row = Record<string, unknown>>(
    sql: string,
    parameters?: readonly unknown[],
    name?: string,
  ): Promise<Row[]>;
}

/** Injection token of a service's database, by schema name. */
export function databaseToken(schema: string): string {
  return `database:${schema}`;
}

/** Injects the database of a service: `constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase)`. */
export const InjectDatabase = (schema: string): ParameterDecorator => Inject(databaseToken(schema));
