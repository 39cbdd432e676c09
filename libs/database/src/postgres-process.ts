import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '@packhouse/kernel';
import type { PostgresCluster } from './postgres-cluster';
import { run, type ServerUser } from './server-user';

/** Modest: many instances run beside an application on a small machine. Durable: fsync and full pages stay on. */
const defaultSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '32MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  huge_pages: 'off',
  // Shared memory in a mapped file of the cluster, not in /dev/shm, which containers make tiny.
  dynamic_shared_memory_type: 'mmap',
  // Each worker is one more resident process, for reads that nearly always come from the page cache.
  io_method: 'sync',
  max_worker_processes: '4',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_buffers: '1MB',
  min_wal_size: '64MB',
  max_wal_size: '256MB',
  jit: 'off',
  autovacuum: 'on',
  autovacuum_max_workers: '1',
  log_checkpoints: 'off',
  log_line_prefix: '',
  log_timezone: 'UTC',
  timezone: 'UTC',
  ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
};

export interface PostgresStart {
  readonly binaries: string;
  readonly cluster: PostgresCluster;
  readonly user: ServerUser | null;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}

const startLimitMs = 120_000;

/** Starts the server and resolves when it takes connections (also after a long recovery). */
export async function startPostgres({
  binaries,
  cluster,
  user,
  port,
  settings,
  onLine,
}: PostgresStart): Promise<ChildProcess> {
  const args = ['-D', cluster.dataArgument, '-p', String(port)];
  for (const [name, value] of Object.entries({ ...defaultSettings, ...settings }))
    args.push('-c', `${name}=${value}`);
  const child = spawn(join(binaries, 'bin', 'postgres'), args, {
    cwd: cluster.folder,
    // A session of its own: Ctrl-C in the terminal reaches us, and we stop the server last.
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  // A server that nobody stopped must not keep the process from ending.
  child.unref();
  (child.stderr as Socket).unref();
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (lines.length < 50) lines.push(line);
    onLine(line);
  });
  let failure: Error | null = null;
  child.once('error', (error) => (failure = error));
  for (const end = Date.now() + startLimitMs; Date.now() < end; await sleep(5)) {
    if (failure !== null || hasEnded(child)) break;
    if ((await readPidFile(cluster.folder))?.readyPid === child.pid) return child;
  }
  if (!hasEnded(child)) child.kill('SIGKILL');
  throw new DomainError('unavailable', `Postgres did not start: ${findReason(lines, failure)}.`, {
    log: lines.slice(-5),
  });
}

function findReason(lines: readonly string[], failure: Error | null): string {
  const line = lines.find((one) => /FATAL|PANIC|could not/.test(one)) ?? lines.at(-1);
  return (failure?.message ?? line ?? 'it gave no reason')
    .replace(/^(FATAL|PANIC|LOG|WARNING):\s*/, '')
    .replace(/\.$/, '');
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

interface PidFile {
  readonly pid: number;
  /** The same number once the server takes connections. */
  readonly readyPid: number | null;
}

/** Reads `postmaster.pid` (pidfile.h): the process in line 1, its state in line 8. */
async function readPidFile(cluster: string): Promise<PidFile | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  return { pid, readyPid: lines[7]?.trim() === 'ready' ? pid : null };
}

/** How long each signal may take. Fast shutdown first (a checkpoint), then immediate, then by force. */
const stopSteps = [
  ['SIGINT', 15_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const;

/** Stops a server by process number and waits until `isAlive` denies. */
export async function stopPostgres(pid: number, isAlive: () => boolean | Promise<boolean>): Promise<void> {
  for (const [signal, limitMs] of stopSteps) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone between the question and the signal.
    }
    for (const end = Date.now() + limitMs; Date.now() < end; await sleep(5)) if (!(await isAlive())) return;
  }
}

/**
 * Ends the server that a killed process of ours left behind on this cluster. A pid file whose number now belongs to
 * another program is removed, because Postgres would take that program for itself and refuse to start.
 */
export async function replaceOrphan(cluster: string, onProgress: (line: string) => void): Promise<void> {
  const found = await readPidFile(cluster);
  if (found === null) return;
  if (await isServerOf(found.pid, cluster)) {
    onProgress('Stopping the Postgres that an earlier run left behind…');
    await stopPostgres(found.pid, () => isServerOf(found.pid, cluster));
  } else if (isRunning(found.pid)) {
    await rm(join(cluster, 'postmaster.pid'), { force: true });
  }
}

/** Postgres changes to its data directory and stays there, which tells whose server a process is. */
async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if (!isRunning(pid)) return false;
  if (process.platform !== 'linux') {
    const { output } = await run('ps', ['-o', 'command=', '-p', String(pid)], {});
    return output.includes('postgres') && output.includes(cluster);
  }
  try {
    const [cwd, program] = await Promise.all([readlink(`/proc/${pid}/cwd`), readlink(`/proc/${pid}/exe`)]);
    return cwd === (await realpath(cluster)) && basename(program).startsWith('postgres');
  } catch {
    // A process without these links is a zombie, or another account's: not a server of ours.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A port of the loopback that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
