import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { silentLogger } from '@packhouse/observability';
import {
  ConformingFetch,
  makeTemporaryFolder,
  PlatformApi,
  removeTemporaryFolders,
  runCommand,
  selectModes,
  startPlatform,
  waitUntil,
  type RunningPlatform,
} from '@packhouse/testing';
import { join } from 'node:path';

jest.setTimeout(90_000);

const root = '/api/packhouse/v1/operations';
const password = 'a long password for tests';

describe.each(selectModes())('work that failed for good, %s', (mode) => {
  let postgres: ScratchPostgres;
  let database: OpenServiceDatabase;
  let platform: RunningPlatform;
  let conforming: ConformingFetch;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    const url = await postgres.createDatabase();
    platform = await startPlatform({
      mode,
      env: { PACKHOUSE_DATABASE_URL: url, PACKHOUSE_EVENT_DAYS: '1' },
    });
    const schema = { name: 'onlooker', entities: [], migrations: [] };
    database = await openServiceDatabase({ url, schema, poolSize: 2, logger: silentLogger });
    conforming = await ConformingFetch.open(platform.url);
    await platform.api.createUser('olga', password);
  }, 240_000);

  afterAll(async () => {
    await platform?.stop();
    await database?.close();
    await postgres?.stop();
    removeTemporaryFolders();
  }, 60_000);

  function ask(method: string, path: string, login = platform.adminLogin, secret = platform.adminPassword) {
    const authorization = `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;
    return conforming.fetch(`${platform.url}${path}`, { method, headers: { authorization } });
  }

  function packhouse(...args: string[]) {
    const { PATH = '' } = process.env;
    const env = {
      ...{ PATH, PACKHOUSE_URL: platform.url },
      ...{ PACKHOUSE_LOGIN: platform.adminLogin, PACKHOUSE_PASSWORD: platform.adminPassword },
    };
    const main = join(__dirname, '../../packhouse/dist/main.js');
    return runCommand(process.execPath, [main, ...args], { env, cwd: makeTemporaryFolder('operator') });
  }

  /** An organization is made, and the audit log could not take the news of it. */
  async function park(login: string): Promise<string> {
    await PlatformApi.withPassword(platform.url, 'olga', password).createOrganization(login);
    const find = () =>
      database.query<{ event_id: string }>(
        `select event_id from auth.outbox where type = 'account.created' and payload->>'login' = $1`,
        [login],
      );
    await waitUntil('the event is recorded', async () => (await find()).length === 1, { seconds: 10 });
    const id = (await find())[0]?.event_id ?? '';
    await waitUntil(
      'the log has it',
      async () => (await database.query('select from audit.entry where id = $1', [id])).length === 1,
      { seconds: 20 },
    );
    await database.query('alter table audit.entry disable trigger append_only');
    await database.query('delete from audit.entry where id = $1', [id]);
    await database.query('alter table audit.entry enable trigger append_only');
    await database.query(
      `insert into audit.event_failure (consumer, event_id, source, type, payload, error, attempts, actor, occurred_at)
       select 'audit', event_id, 'auth', type, payload, 'a fault of its time', 6, actor, occurred_at from auth.outbox where event_id = $1`,
      [id],
    );
    return id;
  }

  const entriesOf = (id: string) =>
    database.query<{ actor: string; owner: string }>('select actor, owner from audit.entry where id = $1', [
      id,
    ]);

  it('is for site administrators only', async () => {
    for (const [method, path] of [
      ['GET', 'parked-events'],
      ['GET', 'failed-jobs'],
      ['POST', 'parked-events/audit/01900000-0000-7000-8000-000000000001/retry'],
      ['DELETE', 'parked-events/audit/01900000-0000-7000-8000-000000000001'],
      ['POST', 'failed-jobs/auth/1/retry'],
    ] as const) {
      expect((await conforming.fetch(`${platform.url}${root}/${path}`, { method })).status).toBe(401);
      expect((await ask(method, `${root}/${path}`, 'olga', password)).status).toBe(403);
      if (method !== 'GET') expect((await ask(method, `${root}/${path}`)).status).toBe(404);
    }
    expect((await ask('GET', `${root}/parked-events?service=nothing`)).status).toBe(404);
    expect((await ask('GET', `${root}/parked-events?cursor=oops`)).status).toBe(400);
  });

  it('shows a parked event, keeps it while it fails, delivers it once when the cause is mended, and tells who did that', async () => {
    const id = await park('acme');
    await database.query(
      `alter table audit.entry add constraint poison check (owner is distinct from 'acme') not valid`,
    );
    expect((await packhouse('events', 'parked')).stdout).toContain('a fault of its time');
    const failing = await packhouse('events', 'retry', 'audit', id);
    expect(failing).toMatchObject({ code: 1, stdout: expect.stringContaining('stays parked') as string });
    expect(await entriesOf(id)).toEqual([]);
    await database.query('alter table audit.entry drop constraint poison');
    const retried = await ask('POST', `${root}/parked-events/audit/${id}/retry`);
    expect([retried.status, await retried.json()]).toEqual([200, { outcome: 'delivered' }]);
    expect(await entriesOf(id)).toEqual([{ actor: 'olga', owner: 'acme' }]);
    expect((await packhouse('events', 'parked')).stdout.trim()).toBe('There are none.');
    expect((await ask('POST', `${root}/parked-events/audit/${id}/retry`)).status).toBe(404);
    const told = () =>
      database.query(
        `select actor, data->>'outcome' as outcome from audit.entry where action = 'operations.event_retried' order by position`,
      );
    await waitUntil('both tries are told', async () => (await told()).length === 2, { seconds: 20 });
    expect(await told()).toEqual([
      { actor: platform.adminLogin, outcome: 'failed' },
      { actor: platform.adminLogin, outcome: 'delivered' },
    ]);
  });

  it('gives an event up', async () => {
    const id = await park('globex');
    await packhouse('events', 'discard', 'audit', id, '--yes');
    const other = await park('initech');
    expect((await ask('DELETE', `${root}/parked-events/audit/${other}`)).status).toBe(204);
    expect((await (await ask('GET', `${root}/parked-events`)).json()) as object).toEqual({
      items: [],
      next: null,
    });
    expect(await entriesOf(id)).toEqual([]);
    const told = () =>
      database.query(`select from audit.entry where action = 'operations.event_discarded' and actor = $1`, [
        platform.adminLogin,
      ]);
    await waitUntil('it is told', async () => (await told()).length === 2, { seconds: 20 });
  });

  it('lets a failed job run again', async () => {
    const [first] = await database.query<{ id: number }>(
      `insert into blobs.job (name, payload, state) values ('blobs.made-up', '{}', 'failed') returning id`,
    );
    const retried = await ask('POST', `${root}/failed-jobs/blobs/${first?.id}/retry`);
    expect([retried.status, await retried.json()]).toEqual([200, { outcome: 'queued' }]);
    const [job] = await database.query<{ id: number }>(
      `insert into blobs.job (name, payload, state, attempts, last_error) values ('blobs.made-up', '{}', 'failed', 5, 'no luck') returning id`,
    );
    expect((await packhouse('jobs', 'failed')).stdout).toMatch(/blobs\s+\d+\s+blobs\.made-up\s+5\s.*no luck/);
    expect((await packhouse('jobs', 'retry', 'blobs', String(job?.id))).stdout).toContain('will run again');
    expect(await database.query('select state, attempts from blobs.job where id = $1', [job?.id])).toEqual([
      { state: 'waiting', attempts: 0 },
    ]);
  });

  it('lets go of old events that every service has heard, and of none that one has not', async () => {
    const old = (): Promise<unknown[]> =>
      database.query(`select from auth.outbox where occurred_at < now() - interval '1 day'`);
    const trim = async (): Promise<void> => {
      const ran = () =>
        database.query<{ updated_at: Date }>(
          `select updated_at from auth.job where name = 'auth.trim-events' and state = 'waiting'`,
        );
      const [before] = await ran();
      await database.query(`update auth.job set run_at = now() where name = 'auth.trim-events'`);
      await waitUntil(
        'the job has run',
        async () => ((await ran())[0]?.updated_at.getTime() ?? 0) > (before?.updated_at.getTime() ?? 0),
        { seconds: 30 },
      );
    };
    await database.query(`update auth.outbox set occurred_at = occurred_at - interval '2 days'`);
    const { length } = await old();
    expect(length).toBeGreaterThan(3);
    const cursor = `audit.event_cursor where source = 'auth' and consumer = 'audit'`;
    const [{ position } = { position: 0 }] = await database.query<{ position: number }>(
      `select position from ${cursor}`,
    );
    // As if the audit log had been away for all that time.
    await database.query(
      `update audit.event_cursor set position = 0 where source = 'auth' and consumer = 'audit'`,
    );
    await trim();
    expect(await old()).toHaveLength(length);
    await database.query(
      `update audit.event_cursor set position = $1 where source = 'auth' and consumer = 'audit'`,
      [position],
    );
    await trim();
    expect(await old()).toHaveLength(0);
  });
});
