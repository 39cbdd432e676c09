import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** State letter and parent of a process from the kernel's table, or null when it is gone (Linux). */
async function readStat(pid: number): Promise<{ state: string; parent: number } | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // "pid (command) state parent …": the command may hold anything, the last parenthesis ends it
  const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent) };
}

/** Whether a process works still; one that has ended and waits for its parent's notice does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readStat(pid);
  return stat !== null && stat.state !== 'Z';
}

export async function parentOf(pid: number): Promise<number> {
  return (await readStat(pid))?.parent ?? 0;
}

/** The process of the Postgres that serves a data folder. */
export async function postmasterOf(data: string): Promise<number> {
  return Number((await readFile(join(data, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}
