import { AsyncLocalStorage } from 'node:async_hooks';
import { Client } from 'pg';

type Query = (this: Client, statement: string | { text?: string }, ...rest: unknown[]) => unknown;

/** Where the pages are counted: any connection to the database under test. */
interface Database {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/**
 * Counts what the code of this process asks of Postgres, so that a test can tell what something costs without a clock.
 * Make it before the first connection is opened; it lasts as long as the test file.
 */
export class DatabaseWatch {
  private readonly clients = new Set<Client>();
  private readonly watched = new AsyncLocalStorage<string[]>();
  private readonly query: Query;

  constructor() {
    const prototype = Client.prototype as unknown as { query: Query };
    const { clients, watched } = this;
    const { query } = prototype;
    this.query = query;
    prototype.query = function (statement, ...rest) {
      clients.add(this);
      watched.getStore()?.push(typeof statement === 'string' ? statement : (statement.text ?? ''));
      return query.call(this, statement, ...rest);
    };
  }

  /** The statements that `work` sends, in order, those that begin and end transactions included; not what runs beside it. */
  async statementsOf(work: () => Promise<unknown>): Promise<string[]> {
    const sent: string[] = [];
    await this.watched.run(sent, work);
    return sent;
  }

  /** How many pages of these tables and of their indexes `work` looks at, wherever they were. */
  async pagesOf(
    database: Database,
    tables: readonly string[],
    work: () => Promise<unknown>,
  ): Promise<number> {
    const before = await this.countPages(database, tables);
    await work();
    return (await this.countPages(database, tables)) - before;
  }

  private async countPages(database: Database, tables: readonly string[]): Promise<number> {
    // Each connection keeps its counts to itself for up to a second.
    const told = [...this.clients].map((client) =>
      Promise.resolve(this.query.call(client, 'SELECT pg_stat_force_next_flush()')).catch(() =>
        this.clients.delete(client),
      ),
    );
    await Promise.all(told);
    const [row] = await database.query<{ pages: string }>(
      `SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0)
         + coalesce(toast_blks_read + toast_blks_hit, 0)) AS pages
       FROM pg_statio_user_tables WHERE relname = ANY($1)`,
      [tables],
    );
    return Number(row?.pages);
  }
}
