import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSecret } from '@packhouse/kernel';
import { Client } from 'pg';
import { LocalPostgres } from './local-postgres';
import { layCluster } from './scratch-seed';

/** A Postgres for tests: real, in a temporary folder, quick because nothing is forced to the disk. */
export interface ScratchPostgres {
  /** Makes an empty database of its own and returns its URL. Give `template` (a database name) to copy one. */
  createDatabase(template?: string): Promise<string>;
  /** The server itself, for tests that stop it or look at it. */
  readonly server: LocalPostgres;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

// Commits still reach the operating system, so that tests may kill the server; only a power failure would lose them.
const careless = { fsync: 'off', full_page_writes: 'off', autovacuum: 'off' };

/**
 * FOR TESTS ONLY. Starts one server (about a second); start it once per test file and make a database per suite.
 * `settings`: of Postgres, over those of tests.
 * Ends by `stop()`, at the latest with the process.
 */
export async function startScratchPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<ScratchPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'packhouse-postgres-'));
  await layCluster(folder);
  const server = await LocalPostgres.start({ folder, settings: { ...careless, ...settings } });
  const watchdog = startWatchdog(server.pid!);
  return {
    server,
    createDatabase: async (template = 'template0') => {
      const name = `scratch_${newSecret(6)
        .replaceAll(/[^a-zA-Z0-9]/g, '_')
        .toLowerCase()}_${Date.now().toString(36)}`;
      const client = new Client({ connectionString: server.connectionUrl('postgres') });
      client.on('error', () => undefined);
      await client.connect();
      await client.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`).finally(() => client.end());
      return server.connectionUrl(name);
    },
    stop: async () => {
      watchdog.kill('SIGKILL');
      watchdog.stdin!.destroy();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Ends the server when we end, also by SIGKILL: the pipe between us closes. A test runner gives no other sign. */
function startWatchdog(pid: number): ChildProcess {
  const script = 'cat > /dev/null; kill -INT "$1"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  return watchdog;
}
