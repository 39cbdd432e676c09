import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { startNats, startRedis, type DevServer } from '@packhouse/dev-servers';
import { isDomainError } from '@packhouse/kernel';
import { INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { PasswordCheck } from '../src/secrets/password-check';
import { AuthReplica } from './support/start-auth';

const rightPassword = 'the right long password';

/** Two replicas of the service as in the distributed mode: one Postgres, one broker, one Redis. */
describe('guessing passwords at two replicas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'packhouse-guesses-'));
  let postgres: ScratchPostgres;
  let nats: DevServer | null = null;
  let redis: DevServer | null = null;
  let replicas: AuthReplica[] = [];
  let counter = 0;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    [nats, redis] = await Promise.all([startNats(folder), startRedis(folder)]);
    if (!nats || !redis) throw new Error('This suite needs nats-server and redis-server on PATH.');
    const database = await postgres.createDatabase();
    for (let i = 0; i < 2; i++) replicas.push(await AuthReplica.start(database, {}, nats.url, redis.url));
  }, 120_000);
  afterAll(async () => {
    for (const replica of replicas) await replica.stop();
    replicas = [];
    await Promise.all([nats?.stop(), redis?.stop()]);
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function newLogin(): Promise<string> {
    const login = `guessed-${++counter}`;
    await replicas[0]!.client.createUser({ login, password: rightPassword });
    return login;
  }

  async function guess(replica: number, login: string, password = `wrong ${++counter}`): Promise<string> {
    try {
      const { login: found } = await replicas[replica]!.get(PasswordCheck).check({
        ...{ login, password, address: `198.18.0.${replica}${counter}` },
      });
      return `in as ${found}`;
    } catch (error) {
      if (isDomainError(error)) return error.code;
      throw error;
    }
  }

  /** What the throttle lets through of many guesses from ever new addresses, replica by turns. */
  async function passed(login: string, attempts: number): Promise<number> {
    let count = 0;
    for (let i = 0; i < attempts; i++) if ((await guess(i % 2, login)) !== 'rate_limited') count += 1;
    return count;
  }

  it('gains nothing by going to the other replica', async () => {
    const login = await newLogin();
    const allowed = await passed(login, 50);
    // 30 are free for one login wherever they come from; waits of 1, 2 and 4 seconds may end meanwhile, not more.
    expect(allowed).toBeGreaterThanOrEqual(31);
    expect(allowed).toBeLessThanOrEqual(34);
    for (const replica of [0, 1]) expect(await guess(replica, login, rightPassword)).toBe('rate_limited');
  }, 60_000);

  it('is forgiven on both when somebody gets in', async () => {
    const login = await newLogin();
    const address = '198.18.1.1';
    const from = (replica: number, password: string) =>
      replicas[replica]!.get(PasswordCheck).check({ login, password, address });
    for (let i = 0; i < 5; i++)
      await expect(from(i % 2, `no ${i}`)).rejects.toMatchObject({ code: 'credentials_invalid' });
    await from(0, rightPassword);
    for (let i = 0; i < 5; i++)
      await expect(from(1, `no ${i}`)).rejects.toMatchObject({ code: 'credentials_invalid' });
  });

  it('keeps nobody out who knows the password and sends it many times at once while things change', async () => {
    const login = await newLogin();
    const attempt = { login, password: rightPassword, address: '198.18.2.1' };
    const asked: Array<Promise<unknown>> = [];
    for (let i = 0; i < 40; i++) {
      asked.push(replicas[0]!.get(PasswordCheck).check(attempt));
      // Whoever asks after a change does not join those who asked before it.
      await replicas[0]!.get<Invalidations>(INVALIDATIONS).announce([`something ${i}`]);
    }
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  it('is still slowed by each replica for itself while Redis is away, and nobody is kept out for that', async () => {
    const login = await newLogin();
    await redis?.stop();
    redis = null;
    for (const replica of [0, 1]) expect(await guess(replica, login, rightPassword)).toBe(`in as ${login}`);
    let refused = 0;
    for (let i = 0; i < 40; i++) if ((await guess(0, login)) === 'rate_limited') refused += 1;
    expect(refused).toBeGreaterThan(0);
    expect(await guess(1, login)).toBe('credentials_invalid');
  }, 60_000);
});
