import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@packhouse/observability';
import type { EntityManager } from 'typeorm';
import {
  findSqlState,
  openServiceDatabase,
  queryPrepared,
  sendPrepared,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '../src';
import { CreateShelf } from './support/create-shelf.migration';

jest.setTimeout(60_000);

let postgres: ScratchPostgres;
let database: OpenServiceDatabase;

beforeAll(async () => (postgres = await startScratchPostgres()));
afterAll(() => postgres.stop());
beforeEach(async () => {
  database = await openServiceDatabase({
    url: await postgres.createDatabase(),
    schema: { name: 'shelves', entities: [], migrations: [CreateShelf] },
    poolSize: 2,
    logger: silentLogger,
  });
});
afterEach(() => database.close());

function insert(manager: EntityManager, id: number): void {
  sendPrepared(manager, 'insert-shelf', 'insert into shelf values ($1, 1)', [id]);
}

async function listIds(): Promise<number[]> {
  const rows = await database.query<{ id: number }>('select id from shelf order by id');
  return rows.map(({ id }) => id);
}

describe('a transaction whose statements do not wait for each other', () => {
  it('has everything that was sent when it resolves', async () => {
    await database.transaction(async (manager) => {
      for (let id = 3; id <= 50; id += 1) insert(manager, id);
    });
    expect(await listIds()).toHaveLength(50);
  });

  it('rejects with the error of a statement that nobody waited for, and keeps nothing', async () => {
    const failing = database.transaction(async (manager) => {
      insert(manager, 3);
      insert(manager, 1);
      insert(manager, 4);
    });
    expect(findSqlState(await failing.catch((error: unknown) => error))).toBe('23505');
    expect(await listIds()).toEqual([1, 2]);
  });

  it('names the first failure, not that of the statements behind it', async () => {
    const failing = database.transaction(async (manager) => {
      insert(manager, 1);
      await queryPrepared(manager, 'count-shelves', 'select count(*) from shelf', []);
    });
    expect(findSqlState(await failing.catch((error: unknown) => error))).toBe('23505');
  });

  it('keeps nothing when its work throws while statements are on their way', async () => {
    const failing = database.transaction(async (manager) => {
      insert(manager, 3);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await listIds()).toEqual([1, 2]);
  });

  it('keeps nothing when a value cannot be sent at all', async () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const failing = database.transaction(async (manager) => {
      insert(manager, 3);
      sendPrepared(manager, 'insert-circle', 'insert into shelf values ($1, 1)', [circle]);
    });
    await expect(failing).rejects.toThrow('circular');
    expect(await listIds()).toEqual([1, 2]);
  });

  it('shows a statement that was asked together with a lock what the holder of the lock has done', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const holder = database.transaction(async (manager) => {
      await manager.query('update shelf set size = 11 where id = 1');
      await held;
    });
    await sleep(100);
    const waiter = database.transaction(async (manager) => {
      const [, [row]] = await Promise.all([
        queryPrepared(manager, 'lock-shelf', 'select id from shelf where id = $1 for no key update', [1]),
        queryPrepared<{ size: number }>(manager, 'read-size', 'select size from shelf where id = $1', [1]),
      ]);
      return row?.size;
    });
    await sleep(100);
    release();
    await holder;
    expect(await waiter).toBe(11);
  });

  it('tries again after a conflict of a statement that nobody waited for', async () => {
    let attempts = 0;
    await database.transaction(async (manager) => {
      attempts += 1;
      const failure = attempts === 1 ? '40001' : '00000';
      sendPrepared(
        manager,
        `conflict-${failure}`,
        `do $$ begin if '${failure}' <> '00000' then raise exception 'conflict' using errcode = '${failure}'; end if; end $$`,
        [],
      );
      insert(manager, 3);
    });
    expect(attempts).toBe(2);
    expect(await listIds()).toEqual([1, 2, 3]);
  });

  it('leaves its connection usable, whatever became of it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const failing = database.transaction(async (manager) => insert(manager, 1));
      await expect(failing).rejects.toThrow('duplicate key');
    }
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        database.transaction(async (manager) => insert(manager, 100 + index)),
      ),
    );
    expect(await listIds()).toHaveLength(22);
  });

  it('refuses statements outside a transaction', async () => {
    const { manager } = database.dataSource;
    expect(() => insert(manager, 3)).toThrow('outside a transaction');
    await expect(queryPrepared(manager, 'one', 'select 1', [])).rejects.toThrow('outside a transaction');
  });

  it('sends nothing to a connection on which no transaction could be started', async () => {
    const failing = database.transaction(async (manager) => {
      await manager.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
      insert(manager, 3);
    });
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
    expect(await listIds()).toEqual([1, 2]);
  });
});
