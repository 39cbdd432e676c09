import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';

/** The operating-system account that a server process runs as. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Accounts to run Postgres as when we are root, best first; it refuses uid 0 and a uid without a passwd entry. */
const candidates = ['postgres', '_postgres', 'nobody'];

/**
 * Says which account Postgres has to run as: null is our own (we are not root), the owner of an existing
 * `cluster` folder stays its owner, and otherwise the first unprivileged account of the machine is taken.
 */
export async function chooseServerUser(cluster: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = parseAccounts(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  const owner = await stat(cluster).catch(() => null);
  if (owner !== null && owner.uid !== 0) {
    return (
      accounts.find(({ uid }) => uid === owner.uid) ?? {
        name: `uid ${owner.uid}`,
        uid: owner.uid,
        gid: owner.gid,
      }
    );
  }
  for (const name of candidates) {
    const account = accounts.find((one) => one.name === name && one.uid !== 0);
    if (account !== undefined) return account;
  }
  throw new Error(
    'Postgres does not run as root and this machine has no account "postgres" or "nobody": add one, or start as an ordinary user.',
  );
}

function parseAccounts(passwd: string): ServerUser[] {
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name, , uid, gid]) => ({ name: name!, uid: Number(uid), gid: Number(gid) }));
}

/** True when `user` may enter `folder` by its path: every parent counts. Asks the kernel, so that ACLs count too. */
export async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  const result = await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
  });
  return result.ok;
}

export interface RunResult {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a short command to its end; never throws. `output` is what it wrote, or why it could not start. */
export function run(
  file: string,
  args: readonly string[],
  options: { uid?: number; gid?: number; cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<RunResult> {
  return new Promise((resolve) => {
    try {
      execFile(file, [...args], { ...options, maxBuffer: 1 << 20 }, (error, stdout, stderr) => {
        resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') });
      });
    } catch (error) {
      resolve({ ok: false, output: String(error) });
    }
  });
}
