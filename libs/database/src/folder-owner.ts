import { execFileSync } from 'node:child_process';
import { link, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError, newSecret } from '@packhouse/kernel';

/** Who holds a folder: enough to tell a live owner from a number that another process got meanwhile. */
interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly started: string;
}

interface FolderOwnerOptions {
  /** How often the file is touched for owners on other hosts to see. */
  readonly heartbeatMs?: number;
  /** How long a file of another host (or container) must stay untouched before its owner counts as dead. */
  readonly foreignPatienceMs?: number;
}

const fileShape = /^owner-(\d+)\.json$/;

/**
 * Exclusive ownership of a folder by one process, which ends with the process however it ends.
 *
 * The newest of the numbered files `owner-N.json` names the owner. Whoever finds it dead creates N + 1, which the
 * file system grants to one process only, and is the owner when no higher number exists afterwards. Nobody ever
 * deletes a file in order to take its place, so two takers cannot delete each other's.
 */
export class FolderOwner {
  private constructor(
    private readonly file: string,
    private readonly heartbeat: NodeJS.Timeout,
  ) {}

  /** Takes the folder, or refuses with a sentence that names the live owner. */
  static async take(folder: string, options: FolderOwnerOptions = {}): Promise<FolderOwner> {
    const { heartbeatMs = 2000, foreignPatienceMs = 9000 } = options;
    for (;;) {
      const newest = await findNewest(folder);
      if (newest > 0) await refuseIfAlive(folder, newest, foreignPatienceMs);
      const file = fileOf(folder, newest + 1);
      if (!(await create(folder, file))) continue;
      if ((await findNewest(folder)) === newest + 1) {
        await removeOlder(folder, newest + 1);
        const timer = setInterval(
          () => void utimes(file, new Date(), new Date()).catch(() => undefined),
          heartbeatMs,
        );
        return new FolderOwner(file, timer.unref());
      }
      await unlink(file).catch(() => undefined);
    }
  }

  /** Leaves the number behind without an owner: numbers never go back, or a slow taker could fall in below a live owner. */
  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    const draft = `${this.file}.draft`;
    await writeFile(draft, 'null');
    await rename(draft, this.file);
  }
}

function fileOf(folder: string, generation: number): string {
  return join(folder, `owner-${generation}.json`);
}

async function listGenerations(folder: string): Promise<number[]> {
  const matches = (await readdir(folder)).map((name) => fileShape.exec(name));
  return matches.filter((match) => match !== null).map((match) => Number(match[1]));
}

async function findNewest(folder: string): Promise<number> {
  return Math.max(0, ...(await listGenerations(folder)));
}

async function removeOlder(folder: string, generation: number): Promise<void> {
  for (const older of await listGenerations(folder)) {
    if (older < generation) await unlink(fileOf(folder, older)).catch(() => undefined);
  }
}

/** False when another process was faster. The link makes name and content appear in one step. */
async function create(folder: string, file: string): Promise<boolean> {
  const draft = join(folder, `owner-${newSecret(6)}.draft`);
  const owner: Owner = { host: hostname(), pid: process.pid, started: startOf(process.pid) ?? '' };
  await writeFile(draft, JSON.stringify(owner));
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function refuseIfAlive(folder: string, generation: number, foreignPatienceMs: number): Promise<void> {
  const file = fileOf(folder, generation);
  const owner = await readOwner(file);
  if (owner === null) return;
  const alive =
    owner.host === hostname()
      ? startOf(owner.pid) === owner.started
      : await isTouched(file, foreignPatienceMs);
  if (!alive) return;
  throw new DomainError(
    'unavailable',
    `The folder ${folder} is in use by process ${owner.pid}${owner.host === hostname() ? '' : ` on ${owner.host}`}: stop it first, or set PACKHOUSE_DATA to another folder.`,
    { pid: owner.pid },
  );
}

async function readOwner(file: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner | null;
  } catch {
    // Released meanwhile, or cut short by a power failure: nobody who lives wrote it.
    return null;
  }
}

/** Process numbers mean nothing across hosts and containers; a heartbeat does. */
async function isTouched(file: string, patienceMs: number): Promise<boolean> {
  const read = (): Promise<number | null> =>
    stat(file).then(
      (found) => found.mtimeMs,
      () => null,
    );
  const first = await read();
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(Math.min(250, patienceMs / 4))) {
    if ((await read()) !== first) return (await read()) !== null;
  }
  return false;
}

/** When a process started, in a form that differs for a later process of the same number; null when there is none. */
function startOf(pid: number): string | null {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    // proc(5): the name in parentheses may hold spaces; the start time is field 22, in ticks since this boot.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return null;
  }
}
