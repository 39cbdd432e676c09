import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { sha256Hex } from '@packhouse/kernel';
import { codeOf } from './failure-code';

const instanceShape = /^([0-9a-f]{8})-(\d{1,10})-([0-9a-f]{8})$/;

/** Where process ids mean the same: this host and, on Linux, this pid namespace (a container has its own). */
function pidSpace(): string {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux: the host name alone has to do.
  }
  return sha256Hex(`${hostname()}|${namespace}`).slice(0, 8);
}

const here = pidSpace();

/** Names this process in the names of its uploads: `<pid space>-<pid>-<random>`. */
export function newInstanceName(): string {
  return `${here}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/**
 * True when the process that had this name is certainly gone. Unknown shapes and other hosts are not certain:
 * their leftovers wait for the sweep by age.
 */
export function isDeadInstance(name: string, living: ReadonlySet<string>): boolean {
  const match = instanceShape.exec(name);
  if (!match || match[1] !== here || living.has(name)) return false;
  const pid = Number(match[2]);
  return pid === process.pid || !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
