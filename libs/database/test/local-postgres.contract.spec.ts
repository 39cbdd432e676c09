import { execFileSync } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { LocalPostgres } from '../src/local-postgres';
import { findPostgresBinaries, prepareBinaries } from '../src/postgres-binaries';
import { OwnerProcess } from './support/owner-process';

const isRoot = process.getuid?.() === 0;
/** The account of the tests that are about an ordinary one: `nobody` when we are root, otherwise ourselves. */
const ordinary = isRoot ? { uid: 65534, gid: 65534 } : { uid: 0, gid: 0 };

jest.setTimeout(60_000);

let seed: string;
let home: string;
const running: Array<LocalPostgres | OwnerProcess> = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'packhouse-local-postgres-'));
  await chmod(home, 0o755);
});

/** Most tests begin with a database that was used before; making one takes seconds on a busy disk. */
beforeAll(async () => {
  seed = await mkdtemp(join(tmpdir(), 'packhouse-local-postgres-'));
  await (await LocalPostgres.start({ folder: seed })).stop();
});

afterAll(() => rm(seed, { recursive: true, force: true }));

/** Keeps the owners of the files, as no copy of Node does. */
function copySeed(): void {
  execFileSync('cp', ['-a', `${seed}/.`, home]);
}

afterEach(async () => {
  for (const one of running.splice(0)) await (one instanceof OwnerProcess ? one.end('SIGTERM') : one.stop());
  await rm(home, { recursive: true, force: true });
});

async function start(folder = home): Promise<LocalPostgres> {
  const server = await LocalPostgres.start({ folder });
  running.push(server);
  return server;
}

function startOwner(folder = home, user?: { uid: number; gid: number }): OwnerProcess {
  const owner = OwnerProcess.start(folder, user);
  running.push(owner);
  return owner;
}

async function ask(url: string, sql: string): Promise<Array<Record<string, unknown>>> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Zombies count as ended: in a container nobody may collect them. */
async function isAlive(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text !== '' && !text.slice(text.lastIndexOf(')')).startsWith(') Z');
}

describe('a Postgres of our own', () => {
  it('is made at the first start only, keeps its rows, and is opened as it is at the next', async () => {
    const said: string[] = [];
    const open = async () => {
      const server = await LocalPostgres.start({ folder: home, onProgress: (line) => said.push(line) });
      running.push(server);
      return server;
    };
    const first = await open();
    await ask(first.connectionUrl(), 'create table kept as select 1 as row');
    await first.stop();
    expect(said.splice(0)).toEqual(['Creating the database (first start)…', 'Starting Postgres…']);
    const second = await open();
    expect(said).toEqual(['Starting Postgres…']);
    expect(await ask(second.connectionUrl(), 'select row from kept')).toEqual([{ row: 1 }]);
  });

  it('listens on the loopback only, asks for a password that only its owner can read, and keeps fsync on', async () => {
    copySeed();
    const server = await start();
    const settings = `select current_setting('listen_addresses') as listens, current_setting('unix_socket_directories') as sockets,
      current_setting('fsync') as fsync, current_setting('server_encoding') as encoding, 'É' = upper('é') as unicode`;
    expect(await ask(server.connectionUrl(), settings)).toEqual([
      { listens: '127.0.0.1', sockets: '', fsync: 'on', encoding: 'UTF8', unicode: true },
    ]);
    expect((await stat(join(home, 'password'))).mode & 0o777).toBe(0o600);
    const wrong = server.connectionUrl().replace(/:[^:@]+@/, ':guess@');
    await expect(ask(wrong, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('is replaced after its owner was killed, with every row that was committed', async () => {
    copySeed();
    const owner = startOwner();
    const [, url] = await owner.hear('url');
    const pid = Number((await owner.hear('pid'))[1]);
    await ask(url, 'create table counted (n int)');
    let acknowledged = 0;
    const writing = (async (): Promise<void> => {
      const client = new Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect();
      for (;;) {
        await client.query('insert into counted values ($1)', [acknowledged + 1]);
        acknowledged += 1;
      }
    })().catch(() => undefined);
    for (let tries = 0; tries < 2000 && acknowledged < 20; tries++) await sleep(5);
    await owner.end('SIGKILL');
    expect(await isAlive(pid)).toBe(true);
    const next = await start();
    await writing;
    expect(acknowledged).toBeGreaterThan(0);
    expect(await isAlive(pid)).toBe(false);
    const [row] = await ask(
      next.connectionUrl(),
      'select count(*)::int as rows, max(n) as last from counted',
    );
    expect(row!.rows).toBeGreaterThanOrEqual(acknowledged);
    expect(row!.rows).toBe(row!.last);
  });

  it('recovers after its owner and the server were both killed', async () => {
    copySeed();
    const owner = startOwner();
    const [, url] = await owner.hear('url');
    await ask(url, 'create table kept as select 1 as row');
    const pid = Number((await owner.hear('pid'))[1]);
    await owner.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    const next = await start();
    expect(await ask(next.connectionUrl(), 'select row from kept')).toEqual([{ row: 1 }]);
  });

  it('belongs to one process: the second is refused with its number and leaves the first alone', async () => {
    copySeed();
    const owner = startOwner();
    const [, url] = await owner.hear('url');
    await expect(LocalPostgres.start({ folder: home })).rejects.toThrow(
      `The folder ${home} is in use by process ${owner.process.pid}: stop it first, or set PACKHOUSE_DATA to another folder.`,
    );
    expect(await ask(url, 'select 1 as row')).toEqual([{ row: 1 }]);
    await owner.end('SIGTERM');
    await start();
  });

  it('belongs to exactly one of three processes that start at the same moment', async () => {
    const owners = [startOwner(), startOwner(), startOwner()];
    const words = await Promise.all(owners.map((owner) => owner.hear('url', 'refused')));
    expect(words.map(([word]) => word).sort()).toEqual(['refused', 'refused', 'url']);
    for (const [word, sentence] of words)
      if (word === 'refused') expect(sentence).toContain('is in use by process');
  });

  it('is made anew when its making was cut short', async () => {
    const owner = startOwner();
    const drafts = async (): Promise<string[]> =>
      (await readdir(home)).filter((name) => name.startsWith('init-'));
    while ((await drafts()).length === 0) await sleep(5);
    await sleep(100);
    await owner.end('SIGKILL');
    expect(await readdir(home)).not.toContain('cluster');
    await start();
    expect(await drafts()).toEqual([]);
  });

  it('does not take another process for its server because a stale pid file names it', async () => {
    copySeed();
    const server = await start();
    await server.stop();
    await writeFile(
      join(home, 'cluster/postmaster.pid'),
      `${process.pid}\n${home}/cluster\n1\n5432\n\n127.0.0.1\n1 1\nready\n`,
    );
    expect(await ask((await start()).connectionUrl(), 'select 1 as row')).toEqual([{ row: 1 }]);
  });

  it('is started again on the same port when the server dies', async () => {
    copySeed();
    const server = await start();
    const url = server.connectionUrl();
    await ask(url, 'create table kept as select 1 as row');
    process.kill(server.pid!, 'SIGKILL');
    const read = (): Promise<unknown> => ask(url, 'select row from kept').catch(() => null);
    await expect(read()).resolves.toBeNull();
    for (let tries = 0; tries < 500 && (await read()) === null; tries++) await sleep(50);
    expect(await read()).toEqual([{ row: 1 }]);
  });

  it('says so when the folder was made by another major version', async () => {
    copySeed();
    await (await start()).stop();
    await writeFile(join(home, 'cluster/PG_VERSION'), '12\n');
    await expect(LocalPostgres.start({ folder: home })).rejects.toThrow(
      /made by Postgres 12 and this release runs Postgres \d+: dump it/,
    );
  });

  it('says which file is missing when the password is gone', async () => {
    copySeed();
    await (await start()).stop();
    await rm(join(home, 'password'));
    await expect(LocalPostgres.start({ folder: home })).rejects.toThrow(
      `The file ${join(home, 'password')} with the password`,
    );
  });
});

describe('accounts and rights', () => {
  it('runs for an ordinary user', async () => {
    if (isRoot) await chown(home, ordinary.uid, ordinary.gid);
    const [, url] = await startOwner(home, ordinary).hear('url');
    expect(await ask(url, 'select 1 as row')).toEqual([{ row: 1 }]);
    if (isRoot) expect((await stat(join(home, 'cluster'))).uid).toBe(ordinary.uid);
  });

  it('tells an ordinary user in one sentence that a folder cannot be written', async () => {
    await chmod(home, 0o555);
    const [, sentence] = await startOwner(home, ordinary).hear('refused');
    expect(sentence).toBe(
      `The folder ${home} cannot be written (EACCES): give this account the right to write there, or set PACKHOUSE_DATA to another folder.`,
    );
  });

  it('runs below a folder that is closed to other accounts, as a clone in the home folder of root is', async () => {
    const closed = join(home, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const server = await start(join(closed, 'data'));
    await ask(server.connectionUrl(), 'create table kept as select 1 as row');
    await ask(server.connectionUrl(), 'checkpoint');
    await ask(server.connectionUrl(), 'select pg_reload_conf()');
    await server.stop();
    const again = await start(join(closed, 'data'));
    expect(await ask(again.connectionUrl(), 'select row from kept')).toEqual([{ row: 1 }]);
    if (isRoot) expect((await stat(join(closed, 'data/cluster'))).uid).not.toBe(0);
  });

  it('replaces the server that a killed owner left below a closed folder', async () => {
    const closed = join(home, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const owner = startOwner(join(closed, 'data'));
    const pid = Number((await owner.hear('pid'))[1]);
    await owner.hear('url');
    await owner.end('SIGKILL');
    await start(join(closed, 'data'));
    expect(await isAlive(pid)).toBe(false);
  });

  it('makes programs usable that were installed without their links and out of reach of their account', async () => {
    const installed = await findPostgresBinaries();
    const closed = join(home, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const folder = join(closed, 'native');
    await cp(installed.folder, folder, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/\.a$|\.so(\.\d+)?$/.test(path) || !/lib(pq|icu|ecpg|pgtypes)[^/]*$/.test(path),
    });
    const user = isRoot ? { name: 'nobody', ...ordinary } : null;
    const cache = join(home, 'cache');
    await mkdir(cache);
    const usable = await prepareBinaries({ folder, version: '0.0.1' }, user, cache);
    expect(usable).toBe(isRoot ? join(cache, 'postgres-0.0.1') : folder);
    expect(await readdir(join(folder, 'lib'))).toContain('libpq.so.5');
    // The second time the copy is found.
    expect(await prepareBinaries({ folder, version: '0.0.1' }, user, cache)).toBe(usable);
    expect(await readdir(cache)).toEqual(isRoot ? ['postgres-0.0.1'] : []);
  });
});
