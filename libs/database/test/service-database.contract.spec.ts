import { setTimeout as sleep } from 'node:timers/promises';
import { isDomainError } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  findSqlState,
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
  type ServiceDatabaseOptions,
} from '../src';
import { CreateShelf } from './support/create-shelf.migration';

jest.setTimeout(60_000);

let postgres: ScratchPostgres;
let url: string;
const open: OpenServiceDatabase[] = [];

beforeAll(async () => (postgres = await startScratchPostgres()));
afterAll(() => postgres.stop());
beforeEach(async () => (url = await postgres.createDatabase()));
afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
});

async function connect(options: Partial<ServiceDatabaseOptions> = {}): Promise<OpenServiceDatabase> {
  const schema = { name: 'shelves', entities: [], migrations: [CreateShelf] };
  const database = await openServiceDatabase({ url, schema, poolSize: 4, logger: silentLogger, ...options });
  open.push(database);
  return database;
}

function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => (isDomainError(error) ? error.code : String(error)),
  );
}

describe('the database of a service', () => {
  it('is made and migrated once when four replicas start together', async () => {
    const replicas = await Promise.all([connect(), connect(), connect(), connect()]);
    expect(await replicas[3].query('select id from shelf order by id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await replicas[0].query('select name from shelves.migration')).toEqual([
      { name: 'CreateShelf1700000000000' },
    ]);
  });

  it('keeps schemas apart in one database', async () => {
    await connect();
    const other = await connect({ schema: { name: 'others', entities: [], migrations: [] } });
    await expect(other.query('select * from shelf')).rejects.toMatchObject({ code: '42P01' });
  });

  it('rolls a migration back whole when it fails, and the next start can succeed', async () => {
    class Broken implements MigrationInterface {
      readonly name = 'Broken1700000000001';
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('create table half (id int)');
        await runner.query('create nonsense');
      }
      async down(): Promise<void> {}
    }
    const broken = { name: 'shelves', entities: [], migrations: [CreateShelf, Broken] };
    await expect(connect({ schema: broken })).rejects.toThrow('nonsense');
    const database = await connect();
    expect(await database.query(`select to_regclass('shelves.half') as half`)).toEqual([{ half: null }]);
  });

  it('reads bigint as a number and refuses one that would be rounded', async () => {
    const database = await connect();
    const [row] = await database.query(
      'select size, count(*) over () as rows, 9007199254740991::bigint as largest from shelf limit 1',
    );
    expect(row).toEqual({ size: 10, rows: 2, largest: Number.MAX_SAFE_INTEGER });
    await expect(database.query('select 9007199254740992::bigint')).rejects.toThrow(
      'too large to be read as a number',
    );
  });

  it('undoes a transaction whose work throws, and passes the error on', async () => {
    const database = await connect();
    const failing = database.transaction(async (manager) => {
      await manager.query('delete from shelf');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await database.query('select count(*) as rows from shelf')).toEqual([{ rows: 2 }]);
  });

  it('does not report success for a transaction in which a failed statement was swallowed', async () => {
    const database = await connect();
    const swallowing = database.transaction(async (manager) => {
      await manager.query('delete from shelf where id = 1');
      await manager.query('select nothing').catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('swallowed');
    expect(await database.query('select count(*) as rows from shelf')).toEqual([{ rows: 2 }]);
  });

  it('runs both of two transactions that deadlock', async () => {
    const database = await connect();
    let attempts = 0;
    let meet: () => void = () => undefined;
    const bothHoldOne = new Promise<void>((resolve) => (meet = resolve));
    const move = (from: number, to: number): Promise<void> =>
      database.transaction(async (manager) => {
        await manager.query('update shelf set size = size - 1 where id = $1', [from]);
        attempts += 1;
        if (attempts >= 2) meet();
        await bothHoldOne;
        await manager.query('update shelf set size = size + 1 where id = $1', [to]);
      });
    await Promise.all([move(1, 2), move(2, 1)]);
    expect(attempts).toBe(3);
    expect(await database.query('select id, size from shelf order by id')).toEqual([
      { id: 1, size: 10 },
      { id: 2, size: 20 },
    ]);
  });

  it('passes the state of a refused statement on', async () => {
    const database = await connect();
    const inserting = database.transaction<unknown>((manager) =>
      manager.query('insert into shelf values (1, 1)'),
    );
    expect(findSqlState(await inserting.catch((error: unknown) => error))).toBe('23505');
  });
});

describe('a Postgres that goes away', () => {
  it('makes statements unavailable, crashes nothing, and serves again when it is back', async () => {
    const database = await connect();
    const waiting = codeOf(database.query('select pg_sleep(30)'));
    const inTransaction = codeOf(
      database.transaction(async (manager) => {
        await manager.query('select 1');
        await sleep(600);
        await manager.query('select 1');
      }),
    );
    await sleep(200);
    process.kill(postgres.server.pid!, 'SIGKILL');
    expect(await waiting).toBe('unavailable');
    expect(await inTransaction).toBe('unavailable');
    for (let tries = 0; tries < 200 && (await codeOf(database.query('select 1'))) !== 'no error'; tries++)
      await sleep(50);
    expect(await database.query('select count(*) as rows from shelf')).toEqual([{ rows: 2 }]);
  });

  it('survives that its connections are ended by an administrator', async () => {
    const database = await connect();
    const other = await connect();
    await Promise.all([1, 2, 3].map(() => database.query('select pg_sleep(0.05)')));
    await other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`,
    );
    for (let tries = 0; tries < 200 && (await codeOf(database.query('select 1'))) !== 'no error'; tries++)
      await sleep(50);
    expect(await database.query('select 1 as row')).toEqual([{ row: 1 }]);
  });

  it('is waited for at start, and given up with one sentence', async () => {
    const nobody = 'postgres://a:b@127.0.0.1:1/c';
    await expect(connect({ url: nobody, patienceMs: 300 })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says at once that the password or the database of the URL is wrong', async () => {
    const before = Date.now();
    await expect(connect({ url: url.replace(/:[^:@]+@/, ':guess@') })).rejects.toThrow(
      /password authentication failed.*PACKHOUSE_DATABASE_URL/,
    );
    await expect(connect({ url: postgres.server.connectionUrl('nowhere') })).rejects.toThrow(
      /"nowhere" does not exist.*PACKHOUSE_DATABASE_URL/,
    );
    // A server that is not there is waited for 15 s.
    expect(Date.now() - before).toBeLessThan(12_000);
  });

  it('answers unavailable after it was closed, and closes twice without harm', async () => {
    const database = await connect();
    await database.close();
    await database.close();
    expect(await codeOf(database.query('select 1'))).toBe('unavailable');
  });
});
