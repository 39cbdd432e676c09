import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { silentLogger } from '@packhouse/observability';
import {
  createWakeup,
  jobsMigration,
  JobRunner,
  LocalWakeup,
  PostgresJobQueue,
  type Job,
  type JobRunnerOptions,
  type Wakeup,
} from '../src';
import { watchLooks } from './support/failing-looks';
import { startRedisServer, type RedisServer } from './support/redis-server';

jest.setTimeout(60_000);

let postgres: ScratchPostgres;
let url: string;
let database: OpenServiceDatabase;
const runners: JobRunner[] = [];
const wakeups: Wakeup[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => (postgres = await startScratchPostgres()));
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.createDatabase();
  const schema = { name: 'works', entities: [], migrations: [] };
  database = await openServiceDatabase({
    url,
    schema,
    extraMigrations: [jobsMigration('works')],
    poolSize: 8,
    logger: silentLogger,
  });
});
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop(2000);
  for (const wakeup of wakeups.splice(0)) await wakeup.close();
  for (const child of children.splice(0)) await endProcess(child);
  await database.close();
});

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function keepWakeup<W extends Wakeup>(wakeup: W): W {
  wakeups.push(wakeup);
  return wakeup;
}

async function startRunner(
  jobs: readonly Job[],
  wakeup: Wakeup,
  options: Partial<JobRunnerOptions> = {},
): Promise<JobRunner> {
  const runner = new JobRunner({ database, jobs, wakeup, logger: silentLogger, retryMs: 20, ...options });
  runners.push(runner);
  await runner.start();
  return runner;
}

async function until(condition: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<void> {
  for (const end = Date.now() + limitMs; !(await condition()); await sleep(10)) {
    if (Date.now() > end) throw new Error('It did not happen in time.');
  }
}

function readJobs(): Promise<Array<Record<string, unknown>>> {
  return database.query('select name, key, payload, state, attempts, last_error from works.job order by id');
}

async function isEmpty(): Promise<boolean> {
  return (await readJobs()).length === 0;
}

/** A job that notes what it was given. */
function recorder(name = 'test.record'): Job & { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  return { name, seen, run: async (payload) => void seen.push(payload) };
}

async function startRedis(samePort?: number): Promise<RedisServer> {
  const redis = await startRedisServer(samePort);
  children.push(redis.process);
  return redis;
}

async function connectWakeup(redisUrl: string): Promise<Wakeup> {
  return keepWakeup(await createWakeup({ redisUrl, schema: 'works', logger: silentLogger }));
}

const makeLocalWakeup = async (): Promise<Wakeup> => keepWakeup(new LocalWakeup());

describe.each([
  ['Postgres alone', makeLocalWakeup],
  ['Postgres and Redis', async () => connectWakeup((await startRedis()).url)],
])('the job queue with %s', (_kind, makeWakeup) => {
  let wakeup: Wakeup;
  let queue: PostgresJobQueue;

  beforeEach(async () => {
    wakeup = await makeWakeup();
    queue = new PostgresJobQueue(database, wakeup);
  });

  it('runs every job once, with its payload, on two workers, and keeps no row of it', async () => {
    const job = recorder();
    await startRunner([job], wakeup);
    await startRunner([job], wakeup);
    await Promise.all(Array.from({ length: 60 }, (_, number) => queue.enqueue(job.name, { number })));
    await until(isEmpty);
    expect(job.seen.map((payload) => (payload as { number: number }).number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, number) => number),
    );
  });

  it('keeps jobs until somebody runs them', async () => {
    const job = recorder();
    await queue.enqueue(job.name, 'early');
    await startRunner([job], wakeup);
    await until(() => job.seen.length === 1);
    expect(job.seen).toEqual(['early']);
  });

  it('leaves jobs of unknown names alone', async () => {
    await queue.enqueue('test.of-a-newer-release', null);
    const job = recorder();
    await startRunner([job], wakeup);
    await queue.enqueue(job.name, 1);
    await until(() => job.seen.length === 1);
    await until(async () => (await readJobs()).length === 1);
    expect(await readJobs()).toMatchObject([
      { name: 'test.of-a-newer-release', state: 'waiting', attempts: 0 },
    ]);
  });

  it('does not run a job before its time, nor much later', async () => {
    const job = recorder();
    await startRunner([job], wakeup, { pollMs: 30_000 });
    const before = Date.now();
    await queue.enqueue(job.name, 1, { runAt: new Date(before + 700) });
    await sleep(400);
    expect(job.seen).toEqual([]);
    await until(() => job.seen.length === 1, 5000);
    expect(Date.now() - before).toBeGreaterThanOrEqual(690);
  });

  it('keeps one waiting job of a name and key: the earlier time, the later payload', async () => {
    const job = recorder();
    const later = new Date(Date.now() + 60_000);
    await queue.enqueue(job.name, 1, { key: 'k', runAt: later });
    await queue.enqueue(job.name, 2, { key: 'other', runAt: later });
    await queue.enqueue(job.name, 3, { key: 'k' });
    expect(await readJobs()).toMatchObject([
      { key: 'k', payload: 3 },
      { key: 'other', payload: 2 },
    ]);
    await startRunner([job], wakeup);
    await until(() => job.seen.length === 1);
    expect(job.seen).toEqual([3]);
  });

  it('runs a job again that was enqueued by the same key while it ran', async () => {
    const seen: unknown[] = [];
    const job: Job = {
      name: 'test.again',
      run: async (payload) => {
        seen.push(payload);
        if (seen.length === 1) await queue.enqueue('test.again', 'second', { key: 'k' });
      },
    };
    await startRunner([job], wakeup);
    await queue.enqueue(job.name, 'first', { key: 'k' });
    await until(isEmpty);
    expect(seen).toEqual(['first', 'second']);
  });

  it('enqueues in the transaction of the caller: nothing before the commit, nothing after a rollback', async () => {
    const job = recorder();
    await startRunner([job], wakeup);
    const undone = database.transaction(async (manager) => {
      await queue.enqueue(job.name, 'undone', { manager });
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    await database.transaction(async (manager) => {
      await queue.enqueue(job.name, 'done', { manager });
      await sleep(300);
      expect(job.seen).toEqual([]);
    });
    await until(() => job.seen.length === 1);
    expect(job.seen).toEqual(['done']);
  });

  it('tries again after growing waits, then parks the job with its last error', async () => {
    const times: number[] = [];
    const job: Job = {
      name: 'test.failing',
      attempts: 4,
      run: async () => {
        times.push(Date.now());
        throw new Error(`attempt ${times.length} failed\0`);
      },
    };
    await startRunner([job], wakeup, { retryMs: 100 });
    await queue.enqueue(job.name, 1);
    await until(async () => (await readJobs())[0]!.state === 'failed');
    expect(await readJobs()).toMatchObject([{ attempts: 4, last_error: 'attempt 4 failed' }]);
    const waits = times.slice(1).map((time, index) => time - times[index]!);
    [50, 100, 200].forEach((least, index) => expect(waits[index]).toBeGreaterThanOrEqual(least - 5));
  });

  it('gives a failed job up in favour of one of the same key that was enqueued meanwhile', async () => {
    const seen: unknown[] = [];
    const job: Job = {
      name: 'test.overtaken',
      run: async (payload) => {
        seen.push(payload);
        if (payload !== 'old') return;
        await queue.enqueue('test.overtaken', 'new', { key: 'k' });
        throw new Error('fails');
      },
    };
    await startRunner([job], wakeup, { concurrency: 1 });
    await queue.enqueue(job.name, 'old', { key: 'k' });
    await until(isEmpty);
    expect(seen).toEqual(['old', 'new']);
  });

  it('runs a recurring job on one of two workers at a time, also after a failure, in one row', async () => {
    let atOnce = 0;
    let most = 0;
    let runs = 0;
    const begun: number[] = [];
    const job: Job = {
      name: 'test.recurring',
      everyMs: 100,
      attempts: 1,
      run: async () => {
        begun.push(Date.now());
        most = Math.max(most, ++atOnce);
        runs += 1;
        await sleep(30);
        atOnce -= 1;
        if (runs === 2) throw new Error('one bad run');
      },
    };
    await startRunner([job], wakeup);
    await startRunner([job], wakeup);
    await until(() => runs >= 5);
    expect(most).toBe(1);
    // Counted from the first run, which may be over before this test goes on.
    expect(begun[4]! - begun[0]!).toBeGreaterThanOrEqual(300);
    expect(await readJobs()).toHaveLength(1);
  });

  it('forgets a job that recurs no more, follows a changed interval, and waits before a first run as told', async () => {
    const [rare, gone, late] = [recorder('test.rare'), recorder('test.gone'), recorder('test.late')];
    const seldom = [rare, gone, { ...late, firstAfterMs: 9e6 }].map((job) => ({ ...job, everyMs: 9e6 }));
    const first = await startRunner(seldom, wakeup);
    await until(() => rare.seen.length === 1 && gone.seen.length === 1);
    await first.stop();
    await startRunner([{ ...rare, everyMs: 50 }, recorder('test.gone')], wakeup);
    await until(() => rare.seen.length >= 3 && late.seen.length === 0);
    expect((await readJobs()).map(({ name }) => name).sort()).toEqual(['test.late', 'test.rare']);
  });

  it('takes a job over from a worker that was killed', async () => {
    await queue.enqueue('test.long', 'unfinished');
    const loader = join(__dirname, '../../database/test/support/typescript-loader.cjs');
    const worker = spawn(process.execPath, ['-r', loader, join(__dirname, 'support/worker.ts'), url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(worker);
    await once(worker.stdout, 'data');
    const job = recorder('test.long');
    await startRunner([job], wakeup, { leaseMs: 1500 });
    // While it lives it prolongs its lease.
    await sleep(2500);
    expect(job.seen).toEqual([]);
    await endProcess(worker);
    await until(() => job.seen.length === 1);
    expect(job.seen).toEqual(['unfinished']);
  });

  it('parks a job that killed its worker at every attempt', async () => {
    await queue.enqueue('test.deadly', 1);
    await database.query(
      `update works.job set state = 'running', attempts = 5, locked_by = 'dead', run_at = now() - interval '1 s'`,
    );
    const job = recorder('test.deadly');
    await startRunner([job], wakeup);
    await until(async () => (await readJobs())[0]!.state === 'failed');
    expect(job.seen).toEqual([]);
  });

  it('waits at stop for what runs, and begins nothing more', async () => {
    const finished: unknown[] = [];
    const job: Job = {
      name: 'test.slow',
      run: async (payload) => {
        await sleep(400);
        finished.push(payload);
      },
    };
    const runner = await startRunner([job], wakeup, { concurrency: 1 });
    await queue.enqueue(job.name, 1);
    await queue.enqueue(job.name, 2);
    await until(async () => (await readJobs()).some(({ state }) => state === 'running'));
    await runner.stop();
    expect(finished).toEqual([1]);
    expect(await readJobs()).toMatchObject([{ payload: 2, state: 'waiting' }]);
  });
});

/** Lets one word pass from one process to another: what is announced before both are connected is lost. */
async function untilHeard(here: Wakeup, there: Wakeup): Promise<void> {
  let heard = false;
  const unsubscribe = there.subscribe(() => (heard = true));
  await until(async () => {
    here.announce(null);
    await sleep(100);
    return heard;
  });
  unsubscribe();
}

/** Starts a worker that looks at the table again in ten minutes, or when it is woken. Gives the way to put it back to sleep. */
async function startSleeper(job: Job, wakeup: Wakeup): Promise<() => Promise<void>> {
  const failNextLook = watchLooks(database);
  await Promise.all([failNextLook(), startRunner([job], wakeup, { pollMs: 600_000 })]);
  return failNextLook;
}

describe('Redis as a wake-up', () => {
  it('wakes the worker of another process at once, and for a job that is due later in its moment', async () => {
    const { url: redisUrl } = await startRedis();
    const [here, there] = [await connectWakeup(redisUrl), await connectWakeup(redisUrl)];
    await untilHeard(here, there);
    const job = recorder();
    const fallAsleep = await startSleeper(job, there);
    const queue = new PostgresJobQueue(database, here);
    await queue.enqueue(job.name, 1);
    await until(() => job.seen.length === 1);
    await fallAsleep();
    const woken: number[] = [];
    there.subscribe(() => woken.push(Date.now()));
    const due = Date.now() + 300;
    await queue.enqueue(job.name, 2, { runAt: new Date(due) });
    await until(() => woken.length > 0 && job.seen.length === 2);
    expect(woken[0]).toBeGreaterThanOrEqual(due - 10);
  });

  it('loses no job when it is gone, and wakes again when it is back', async () => {
    const redis = await startRedis();
    const [here, there] = [await connectWakeup(redis.url), await connectWakeup(redis.url)];
    const job = recorder();
    const polling = await startRunner([job], there, { pollMs: 500 });
    const queue = new PostgresJobQueue(database, here);
    await queue.enqueue(job.name, 'before');
    await until(() => job.seen.length === 1);
    await endProcess(redis.process);
    await queue.enqueue(job.name, 'during');
    await until(() => job.seen.length === 2);
    expect(job.seen).toEqual(['before', 'during']);
    await polling.stop();
    await startRedis(redis.port);
    await untilHeard(here, there);
    await startSleeper(job, there);
    await queue.enqueue(job.name, 'after');
    await until(() => job.seen.length === 3);
  });

  it('may be missing from the start', async () => {
    const wakeup = await connectWakeup('redis://127.0.0.1:1');
    const job = recorder();
    await startRunner([job], wakeup, { pollMs: 500 });
    await new PostgresJobQueue(database, wakeup).enqueue(job.name, 1);
    await until(() => job.seen.length === 1);
  });
});
