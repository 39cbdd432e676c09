import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { DAY, HOUR, MINUTE, sha256Hex } from '@packhouse/kernel';
import { ResetPassword } from '../src';
import { DeleteEndedSessionsJob } from '../src/jobs/delete-ended-sessions.job';
import { AuthReplica, someActor, startAuth } from './support/start-auth';

const password = 'a-long-enough-password';

describe('sessions', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let login: string;
  let accountId: string;
  let counter = 0;

  const start = () =>
    auth.client.startSession({ login, password, address: '192.0.2.7', userAgent: 'a\u0000 browser' });
  const authenticate = (session: string) =>
    auth.client.authenticate({ credential: { kind: 'session', hash: sha256Hex(session) } });
  const ended = { code: 'credentials_invalid' };

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres, { PACKHOUSE_SESSION_IDLE_HOURS: '10', PACKHOUSE_SESSION_DAYS: '2' });
  }, 60_000);
  beforeEach(async () => {
    login = `user-${++counter}`;
    accountId = (await auth.client.createUser({ login, password })).account.id;
  });
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  it('stand for the whole account, and are stored as their hash only', async () => {
    const { session, principal } = await start();
    expect(await authenticate(session)).toMatchObject({
      principal: { accountId, login, tokenId: null, scopes: null, limits: null, workflow: null },
    });
    expect(principal.accountId).toBe(accountId);
    const rows = await auth.database.query('SELECT sessions::text AS row FROM sessions');
    const events = await auth.database.query('SELECT payload::text AS row FROM outbox');
    const text = JSON.stringify([...rows, ...events]);
    expect(text).toContain(sha256Hex(session));
    expect(text).not.toContain(session);
  });

  it('live while they are used, and end when they were not for hours', async () => {
    const { session } = await start();
    for (let i = 0; i < 4; i++) {
      auth.clock.advance(9 * HOUR);
      await authenticate(session);
    }
    auth.clock.advance(10 * HOUR);
    await expect(authenticate(session)).rejects.toMatchObject(ended);
  });

  it('end after days however much they are used', async () => {
    const { session, expiresAt } = await start();
    expect(Date.parse(expiresAt)).toBe(auth.clock.now().getTime() + 2 * DAY);
    for (let i = 0; i < 8; i++) {
      await authenticate(session);
      auth.clock.advance(6 * HOUR);
    }
    await expect(authenticate(session)).rejects.toMatchObject(ended);
  });

  it('are listed with what tells them apart, and end one by one, for their holder only', async () => {
    const [first, second] = [await start(), await start()];
    const { items } = await auth.client.listSessions({ accountId, currentHash: sha256Hex(second.session) });
    expect(items).toMatchObject([
      { current: true, address: '192.0.2.7', userAgent: 'a  browser' },
      { current: false },
    ]);
    const stranger = (await auth.client.createUser({ login: `x-${counter}` })).account.id;
    const sessionId = items[1]?.id ?? '';
    const end = (who: string) => auth.client.endSession({ accountId: who, sessionId, actor: someActor });
    await expect(end(stranger)).rejects.toMatchObject({ code: 'not_found' });
    await authenticate(first.session);
    await end(accountId);
    await expect(authenticate(first.session)).rejects.toMatchObject(ended);
    await expect(end(accountId)).rejects.toMatchObject({ code: 'not_found' });
    await authenticate(second.session);
    expect(await auth.eventTypes()).toEqual(expect.arrayContaining(['session.started', 'session.ended']));
  });

  it.each(['changed by its holder', 'reset by an administrator'])(
    'all end when the password is %s',
    async (how) => {
      const { session } = await start();
      await authenticate(session);
      if (how.startsWith('reset')) await auth.get(ResetPassword).run(login);
      else {
        const change = { accountId, oldPassword: password, newPassword: 'another-long-password' };
        await auth.client.changePassword({ ...change, actor: someActor });
      }
      await expect(authenticate(session)).rejects.toMatchObject(ended);
    },
  );

  it('begin with nothing but a right password', async () => {
    const attempt = (wrong: string) =>
      auth.client.startSession({ login, password: wrong, address: '192.0.2.8', userAgent: '' });
    await expect(attempt('wrong-password')).rejects.toMatchObject(ended);
    const scopes = ['user' as const];
    const { token } = await auth.client.createToken({ accountId, name: 'x', scopes, actor: someActor });
    await expect(attempt(token)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await auth.database.query('SELECT 1 FROM sessions WHERE account_id = $1', [accountId])).toEqual(
      [],
    );
  });

  it.each(['', 'x', '\u0000', 'a'.repeat(64)])('that never were are refused: %j', async (hash) => {
    await expect(auth.client.authenticate({ credential: { kind: 'session', hash } })).rejects.toMatchObject(
      ended,
    );
  });

  it('that have ended are deleted in the background, and no others', async () => {
    await start();
    auth.clock.advance(9 * HOUR);
    await start();
    auth.clock.advance(HOUR + MINUTE);
    await auth.get(DeleteEndedSessionsJob).run();
    const rows = await auth.database.query('SELECT 1 FROM sessions WHERE account_id = $1', [accountId]);
    expect(rows).toHaveLength(1);
  });
});
