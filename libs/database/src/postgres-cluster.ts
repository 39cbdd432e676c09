import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, newSecret } from '@packhouse/kernel';
import { canEnter, run, type ServerUser } from './server-user';

/** Name of the superuser that the platform connects as. */
export const databaseUser = 'packhouse';

/** Where a server's files are and how its programs are called. */
export interface PostgresCluster {
  /** The data directory of Postgres. */
  readonly folder: string;
  readonly password: string;
  /** What to pass as `-D`; the working directory of the program must be `folder`. */
  readonly dataArgument: string;
}

interface ClusterOptions {
  /** Holds the cluster, its password and the owner file. */
  readonly folder: string;
  readonly binaries: string;
  readonly user: ServerUser | null;
  readonly onProgress: (line: string) => void;
  /** False: a power failure may lose it all, as in tests. */
  readonly durable: boolean;
}

/** The data directory below `folder`. */
export function clusterFolder(folder: string): string {
  return join(folder, 'cluster');
}

/**
 * Opens the cluster below `folder`, made on the first call. It is initialised under another name and renamed when
 * whole, so that a start cut short leaves nothing that looks like a database.
 */
export async function openCluster(options: ClusterOptions, majorVersion: number): Promise<PostgresCluster> {
  const folder = clusterFolder(options.folder);
  await removeHalfMade(options.folder);
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (version !== null && Number(version.trim()) !== majorVersion) {
    throw new DomainError(
      'unavailable',
      `The database in ${folder} was made by Postgres ${version.trim()} and this release runs Postgres ${majorVersion}: dump it with the old release and load it into the new one, or set PACKHOUSE_DATA to another folder.`,
    );
  }
  const password = await readPassword(options.folder, version === null);
  if (version === null) await initialise(options, password);
  return { folder, password, dataArgument: await chooseDataArgument(folder, options.user) };
}

/**
 * Postgres changes to its data directory by the path it was given, and every parent must let its account through. A
 * clone in a home folder of mode 0700 does not. As root on Linux we can start it inside that directory instead, and
 * `/proc/self/cwd` names it without passing through the parents.
 */
async function chooseDataArgument(folder: string, user: ServerUser | null): Promise<string> {
  if (user === null || (await canEnter(folder, user))) return folder;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new DomainError(
    'unavailable',
    `The account "${user.name}" cannot enter ${folder}: make every parent folder searchable (chmod o+x), or set PACKHOUSE_DATA to another folder.`,
  );
}

async function removeHalfMade(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    // An initdb whose starter was killed may still be writing; it ends when its folder is gone.
    if (name.startsWith('init-'))
      await rm(join(folder, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
  }
}

/** The password is on the disk before the cluster that asks for it. */
async function readPassword(folder: string, mayCreate: boolean): Promise<string> {
  const file = join(folder, 'password');
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (kept.trim() !== '') return kept.trim();
  if (!mayCreate) {
    throw new DomainError(
      'unavailable',
      `The file ${file} with the password of the database is missing: restore it from your backup.`,
    );
  }
  const password = newSecret(24);
  const handle = await open(`${file}.new`, 'w', 0o600);
  await handle.writeFile(`${password}\n`);
  await handle.sync();
  await handle.close();
  await rename(`${file}.new`, file);
  return password;
}

/** Postgres' own C.UTF-8: the same order on every system, and no index breaks when the C library is upgraded. */
const localeArguments = [
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
];

async function initialise(
  { folder, binaries, user, onProgress, durable }: ClusterOptions,
  password: string,
): Promise<void> {
  onProgress('Creating the database (first start)…');
  const draft = join(folder, `init-${newSecret(6)}`);
  const cluster = join(draft, 'cluster');
  const passwordFile = join(draft, 'password');
  await mkdir(cluster, { recursive: true });
  await chmod(cluster, 0o700);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== null) for (const path of [draft, cluster, passwordFile]) await chown(path, user.uid, user.gid);
  const args = [
    `--pgdata=${await chooseDataArgument(cluster, user)}`,
    '--pwfile=../password',
    `--username=${databaseUser}`,
  ];
  args.push('--auth=scram-sha-256', '--data-checksums', ...localeArguments);
  if (!durable) args.push('--no-sync');
  // One call for the file system instead of one for each of a thousand files.
  else if (process.platform === 'linux') args.push('--sync-method=syncfs');
  const result = await run(join(binaries, 'bin', 'initdb'), args, {
    cwd: cluster,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  if (!result.ok) {
    await rm(draft, { recursive: true, force: true });
    throw new DomainError(
      'unavailable',
      `The database cannot be created in ${folder}: ${findReason(result.output)}.`,
    );
  }
  await rename(cluster, clusterFolder(folder));
  await syncFolder(folder);
  await rm(draft, { recursive: true, force: true });
}

function findReason(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const reason =
    lines.find((line) => /error|fatal|could not|cannot|denied/i.test(line)) ??
    lines.at(-1) ??
    'no reason given';
  return reason.replace(/^initdb: (error: )?/, '').replace(/\.$/, '');
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Makes the folder that holds everything of the server; an account of its own may pass through, not look. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o711 });
    const found = await stat(folder);
    if (process.getuid?.() === 0 && (found.mode & 0o001) === 0)
      await chmod(folder, (found.mode & 0o777) | 0o011);
    const probe = join(folder, `owner-${newSecret(6)}.probe`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new DomainError(
      'unavailable',
      `The folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)}): give this account the right to write there, or set PACKHOUSE_DATA to another folder.`,
      {},
      { cause: error },
    );
  }
}
