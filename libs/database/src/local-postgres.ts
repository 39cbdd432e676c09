import type { ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError, isDomainError } from '@packhouse/kernel';
import { silentLogger, type Logger } from '@packhouse/observability';
import { Client } from 'pg';
import { FolderOwner } from './folder-owner';
import { findPostgresBinaries, prepareBinaries } from './postgres-binaries';
import { clusterFolder, databaseUser, openCluster, prepareFolder } from './postgres-cluster';
import {
  findFreePort,
  hasEnded,
  replaceOrphan,
  startPostgres,
  stopPostgres,
  type PostgresStart,
} from './postgres-process';
import { chooseServerUser } from './server-user';

export interface LocalPostgresOptions {
  /** Holds everything of this server; made when missing. */
  readonly folder: string;
  /** Says in a line what a person waits for. */
  readonly onProgress?: (line: string) => void;
  readonly logger?: Logger;
  /** Postgres settings (`-c name=value`) over our own. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Name of the database that the platform keeps its schemas in. */
const databaseName = 'packhouse';

/**
 * A real Postgres in a folder, started and stopped by this process, for the embedded mode.
 *
 * One process owns the folder at a time. A server left running by a killed owner is shut down (its committed rows
 * are safe) and started afresh, so that there is one way into every state. A server that dies is started again on
 * the same port. As root it runs as an unprivileged account.
 */
export class LocalPostgres {
  private child: ChildProcess | null = null;
  private stopping = false;

  private constructor(
    private start: PostgresStart,
    private readonly owner: FolderOwner,
    private readonly logger: Logger,
  ) {}

  /** Starts the server; rejects with one plain sentence when that is impossible. */
  static async start(options: LocalPostgresOptions): Promise<LocalPostgres> {
    const folder = resolve(options.folder);
    const onProgress = options.onProgress ?? ((): void => undefined);
    const logger = (options.logger ?? silentLogger).child({ component: 'postgres' });
    await prepareFolder(folder);
    const owner = await FolderOwner.take(folder);
    try {
      const installed = await findPostgresBinaries();
      const user = await chooseServerUser(clusterFolder(folder));
      const binaries = await prepareBinaries(installed, user, join(folder, 'programs'));
      await replaceOrphan(clusterFolder(folder), onProgress);
      const cluster = await openCluster(
        { folder, binaries, user, onProgress, durable: options.settings?.fsync !== 'off' },
        Number.parseInt(installed.version, 10),
      );
      onProgress('Starting Postgres…');
      const onLine = (line: string): void => logLine(logger, line, server.stopping);
      const start = { binaries, cluster, user, port: 0, settings: options.settings ?? {}, onLine };
      const server = new LocalPostgres(start, owner, logger);
      await server.launch();
      return server;
    } catch (error) {
      await owner.release();
      throw explainAccess(error, folder);
    }
  }

  /** `postgres://…` of a database on this server; it holds the password, so keep it out of logs. */
  connectionUrl(database = databaseName): string {
    return `postgres://${databaseUser}:${this.start.cluster.password}@127.0.0.1:${this.start.port}/${database}`;
  }

  get port(): number {
    return this.start.port;
  }

  /** Process number of the server, for tests and diagnosis. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Shuts the server down: open transactions are rolled back, everything committed is on the disk. */
  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    process.off('exit', this.stopAtExit);
    const { child } = this;
    if (child?.pid !== undefined && !hasEnded(child)) await stopPostgres(child.pid, () => !hasEnded(child));
    await this.owner.release();
  }

  private async launch(): Promise<void> {
    // Another process may take the port between the question and the start.
    for (let attempt = 1; this.child === null; attempt++) {
      this.start = { ...this.start, port: await findFreePort() };
      try {
        this.watch(await startPostgres(this.start));
      } catch (error) {
        if (
          attempt >= 3 ||
          !isDomainError(error) ||
          !/could not (bind|create any TCP)/.test(JSON.stringify(error.details))
        )
          throw error;
      }
    }
    process.on('exit', this.stopAtExit);
    try {
      await createDatabaseIfMissing(this.connectionUrl('postgres'), databaseName);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  private watch(child: ChildProcess): void {
    this.child = child;
    child.once('exit', (code, signal) => {
      if (this.stopping) return;
      this.logger.error({ code, signal }, 'Postgres ended unexpectedly and is started again');
      void this.restart();
    });
  }

  /** On the same port: every connection URL that was given out stays right. */
  private async restart(): Promise<void> {
    for (let waitMs = 100; !this.stopping; waitMs = Math.min(waitMs * 2, 10_000)) {
      await sleep(waitMs, undefined, { ref: false });
      if (this.stopping) return;
      try {
        const child = await startPostgres(this.start);
        if (this.stopping) child.kill('SIGINT');
        this.watch(child);
        return;
      } catch (error) {
        this.logger.error({ error: (error as Error).message }, 'Postgres could not be started again');
      }
    }
  }

  /** `process.exit` without stop(): the signal is enough for a clean shutdown after us. */
  private readonly stopAtExit = (): void => {
    this.child?.kill('SIGINT');
  };
}

async function createDatabaseIfMissing(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/** Files of another account are the usual reason for these codes: started once as root, once as somebody else. */
function explainAccess(error: unknown, folder: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (isDomainError(error) || (code !== 'EACCES' && code !== 'EPERM')) return error;
  return new DomainError(
    'unavailable',
    `${path ?? folder} belongs to another account: start as the account that made it, change its owner, or set PACKHOUSE_DATA to another folder.`,
    {},
    { cause: error },
  );
}

/** Forwards what matters of the server's own log. */
function logLine(logger: Logger, line: string, stopping: boolean): void {
  // A server that stops says so for each of its connections.
  if (/^PANIC:/.test(line) || (/^FATAL:/.test(line) && !stopping)) logger.warn({}, line);
  else logger.debug({}, line);
}
