import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs a program that must not outlive us: a shell holds a pipe whose other end is ours, and ends the program when that
 * closes, however we ended. It takes the pipe as file descriptor 3, as background commands of a shell have no input.
 */
const guard = '"$@" 3<&- & child=$!; (cat <&3 >/dev/null; kill -9 $child 2>/dev/null) & wait $child';

const serverFolders = ['/usr/sbin', '/usr/local/sbin'];

/** Server programs that belong together: ended together, the last started first, also when this process ends. */
export class GuardedProcesses {
  private readonly children: ChildProcess[] = [];

  /** `folder`: for the programs' output, one file each. */
  constructor(private readonly folder: string) {}

  start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const log = openSync(join(this.folder, `${program.split('/').at(-1)}.log`), 'a');
    const child = spawn('/bin/sh', ['-c', guard, 'sh', program, ...args], {
      stdio: ['ignore', log, log, 'pipe'],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    // A program that cannot be started shows as a server that never answers.
    child.on('error', () => undefined);
    child.stdio[3]?.on('error', () => undefined);
    this.children.unshift(child);
  }

  /** Nothing here is worth a clean shutdown, and some do not end by themselves without their companions. */
  async stop(): Promise<void> {
    for (const child of this.children.splice(0)) {
      const ended = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
      const gone = ended ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve));
      child.stdio[3]?.destroy();
      await gone;
    }
  }
}

/** Where a program is: on the PATH, or where Debian keeps servers. Null when it is not installed. */
export async function findProgram(program: string): Promise<string | null> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...serverFolders]) {
    const path = join(folder, program);
    const found = await access(path).then(
      () => folder !== '',
      () => false,
    );
    if (found) return path;
  }
  return null;
}

const given = new Set<number>();

/**
 * A loopback port that nobody listens on, never the same twice. Below the range that systems hand out for outgoing
 * connections: a server may take it seconds later, and until then nothing else does by chance.
 */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error('No free port could be found.');
}

function canListen(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Repeats a check, which may throw, until it is true. */
export async function waitUntil(what: string, check: () => Promise<boolean>, seconds: number): Promise<void> {
  let last: unknown;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`${what} is not there after ${seconds} s.`, { cause: last });
}

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
