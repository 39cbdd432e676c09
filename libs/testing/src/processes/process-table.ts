import { readdirSync, readFileSync } from 'node:fs';

/** One line of the kernel's process table, as far as tests need it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process this user may look at (Linux). */
export function listProcesses(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      entries.push({ pid: Number(name), parent, command });
    } catch {
      // gone between the listing and the reading
    }
  }
  return entries;
}

/** A process and all its descendants. */
export function listTree(root: number): ProcessEntry[] {
  const all = listProcesses();
  const tree = all.filter(({ pid }) => pid === root);
  for (const entry of tree) tree.push(...all.filter(({ parent }) => parent === entry.pid));
  return tree;
}

/**
 * Resident memory of a process and its descendants in bytes: the sum of their proportional shares, so that pages
 * which Postgres' processes share are counted once.
 */
export function measureMemory(root: number): number {
  let kilobytes = 0;
  for (const { pid } of listTree(root)) {
    try {
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // ended meanwhile
    }
  }
  return kilobytes * 1024;
}

/** Ends every process whose command line names this folder: what a killed server of ours left running. */
export function endProcessesOf(folder: string): void {
  for (const { pid, command } of listProcesses()) {
    if (!command.includes(folder) || pid === process.pid) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // ended meanwhile
    }
  }
}
