import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { silentLogger } from '@packhouse/observability';
import { FailedJobs, jobsMigration, JobRunner, LocalWakeup, PostgresJobQueue } from '../src';

jest.setTimeout(60_000);

let postgres: ScratchPostgres;
let database: OpenServiceDatabase;
let runner: JobRunner;
let queue: PostgresJobQueue;
let failed: FailedJobs;
let runs: unknown[];
let isBroken: boolean;

beforeAll(async () => (postgres = await startScratchPostgres()));
afterAll(() => postgres.stop());
beforeEach(async () => {
  database = await openServiceDatabase({
    url: await postgres.createDatabase(),
    schema: { name: 'works', entities: [], migrations: [] },
    extraMigrations: [jobsMigration('works')],
    poolSize: 4,
    logger: silentLogger,
  });
  [runs, isBroken] = [[], true];
  const wakeup = new LocalWakeup();
  const run = async (payload: unknown): Promise<void> => {
    if (isBroken) throw new Error('the printer is on fire');
    runs.push(payload);
  };
  const jobs = [{ name: 'works.print', attempts: 2, run }];
  runner = new JobRunner({ database, jobs, wakeup, logger: silentLogger, pollMs: 50, retryMs: 10 });
  queue = new PostgresJobQueue(database, wakeup);
  failed = new FailedJobs(database);
  await runner.start();
});
afterEach(async () => {
  await runner.stop(2000);
  await database.close();
});

async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((done) => setTimeout(done, 20)))
    if (await check()) return;
  throw new Error('It did not come true within 20 s.');
}

const requeue = (jobId: string) => database.transaction((manager) => failed.requeue(manager, jobId));

describe('a job that failed for good', () => {
  it('is shown with its error, and runs again with all its attempts when it is asked to', async () => {
    await queue.enqueue('works.print', { page: 1 });
    await until(async () => (await failed.list(0, 50)).total === 1);
    const [job] = (await failed.list(0, 50)).items;
    expect(job).toMatchObject({
      ...{ name: 'works.print', payload: '{"page":1}', attempts: 2, error: 'the printer is on fire' },
    });
    isBroken = false;
    expect(await requeue(job!.jobId)).toEqual({ name: 'works.print', outcome: 'queued' });
    await until(() => runs.length === 1);
    expect(runs).toEqual([{ page: 1 }]);
    expect(await failed.list(0, 50)).toEqual({ items: [], total: 0 });
    expect(await requeue(job!.jobId)).toBeNull();
  });

  it('makes way for one of the same key that waits already', async () => {
    await queue.enqueue('works.print', { page: 1 }, { key: 'one' });
    await until(async () => (await failed.list(0, 50)).total === 1);
    const [job] = (await failed.list(0, 50)).items;
    await queue.enqueue('works.print', { page: 1 }, { key: 'one', runAt: new Date(Date.now() + 600_000) });
    expect(await requeue(job!.jobId)).toEqual({ name: 'works.print', outcome: 'waiting' });
    expect(await database.query('select state from works.job')).toEqual([{ state: 'waiting' }]);
  });
});
