import crypto, { type ScryptOptions } from 'node:crypto';
import type { Account, TokenScope } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { DAY, hashToken, looksLikeToken, newId, newTokenText } from '@packhouse/kernel';
import { FirstAdministrator, ResetPassword } from '../src';
import { TokenUsage } from '../src/facts/token-usage';
import { DeleteEndedTokensJob } from '../src/jobs/delete-ended-tokens.job';
import { someActor, AuthReplica, startAuth } from './support/start-auth';

describe('credentials', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let counter = 0;
  const user = async (password: string | null = null): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}`, password })).account;
  const token = (
    accountId: string,
    scopes: TokenScope[] = ['read:packages'],
    expiresAt: string | null = null,
  ) => auth.client.createToken({ actor: someActor, accountId, name: 'ci', scopes, expiresAt });
  const authenticate = (text: string) =>
    auth.client.authenticate({ credential: { kind: 'token', hash: hashToken(text) } });
  const withPassword = (login: string, password: string, address?: string) =>
    auth.client.authenticate({ credential: { kind: 'password', login, password, address } });

  /** The costs of the hashes that are computed while `work` runs, each: they are the time that it takes. */
  async function hashesOf(work: () => Promise<unknown>): Promise<ScryptOptions[]> {
    const { scrypt } = crypto;
    const costs: ScryptOptions[] = [];
    crypto.scrypt = ((...all: Parameters<typeof scrypt>) => {
      costs.push(all[3]);
      scrypt(...all);
    }) as typeof scrypt;
    await work().finally(() => (crypto.scrypt = scrypt));
    return costs;
  }

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
  }, 60_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  describe('access tokens', () => {
    it('tell who stands behind them, with their limits', async () => {
      const { id, login } = await user();
      const created = await token(
        id,
        ['read:packages', 'read:packages', 'delete:packages'],
        '2026-02-01T00:00:00.000Z',
      );
      expect(looksLikeToken(created.token)).toBe(true);
      expect(created.info).toMatchObject({
        prefix: created.token.slice(0, 8),
        scopes: ['read:packages', 'delete:packages'],
        readonly: false,
        lastUsedAt: null,
      });
      const { principal } = await authenticate(created.token);
      expect(principal).toEqual({
        ...{ accountId: id, login, siteAdmin: false, tokenId: created.info.id, twoFactor: 'off' },
        ...{ scopes: ['read:packages', 'delete:packages'], expiresAt: '2026-02-01T00:00:00.000Z' },
        ...{ limits: null, workflow: null },
      });
    });

    it('are stored as their hash only', async () => {
      const created = await token((await user()).id);
      const rows = await auth.database.query('SELECT tokens::text AS row FROM tokens');
      const events = await auth.database.query('SELECT payload::text AS row FROM outbox');
      const text = JSON.stringify([...rows, ...events]);
      expect(text).toContain(hashToken(created.token));
      expect(text).not.toContain(created.token.slice(8));
    });

    it('pass as a password under any user name', async () => {
      const { id } = await user();
      const created = await token(id);
      for (const login of ['whoever', '', '__proto__', '\u0000'])
        await expect(withPassword(login, created.token)).resolves.toMatchObject({
          principal: { accountId: id, scopes: ['read:packages'] },
        });
    });

    it('that are unknown or were never tokens are refused', async () => {
      const hashes = ['', '__proto__', 'x'.repeat(10_000), '\u0000', hashToken('x')];
      for (const hash of hashes)
        await expect(auth.client.authenticate({ credential: { kind: 'token', hash } })).rejects.toMatchObject(
          { code: 'credentials_invalid' },
        );
      await expect(withPassword('x', newTokenText())).rejects.toMatchObject({ code: 'credentials_invalid' });
    });

    it('end with their expiry, also when they are known by heart', async () => {
      const created = await token(
        (await user()).id,
        [],
        new Date(auth.clock.now().getTime() + DAY).toISOString(),
      );
      await authenticate(created.token);
      auth.clock.advance(DAY);
      await expect(authenticate(created.token)).rejects.toMatchObject({ code: 'credentials_invalid' });
      const past = auth.clock.now().toISOString();
      await expect(token((await user()).id, [], past)).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('end at once when they are revoked, by id or by hash', async () => {
      const { id } = await user();
      for (const by of ['id', 'hash'] as const) {
        const created = await token(id);
        await authenticate(created.token);
        await auth.client.revokeToken({
          actor: someActor,
          accountId: id,
          ...(by === 'id' ? { tokenId: created.info.id } : { hash: hashToken(created.token) }),
        });
        await expect(authenticate(created.token)).rejects.toMatchObject({ code: 'credentials_invalid' });
        await expect(
          auth.client.revokeToken({ actor: someActor, accountId: id, tokenId: created.info.id }),
        ).rejects.toMatchObject({ code: 'not_found' });
      }
    });

    it('are refused after a revocation however many requests are under way', async () => {
      const { id } = await user();
      for (let round = 0; round < 20; round++) {
        const created = await token(id);
        const before = Array.from({ length: 10 }, () => authenticate(created.token).catch(() => undefined));
        await auth.client.revokeToken({ actor: someActor, accountId: id, tokenId: created.info.id });
        await expect(authenticate(created.token)).rejects.toMatchObject({ code: 'credentials_invalid' });
        await Promise.all(before);
        await expect(authenticate(created.token)).rejects.toMatchObject({ code: 'credentials_invalid' });
      }
    });

    it('of somebody else cannot be revoked', async () => {
      const created = await token((await user()).id);
      const { id: accountId } = await user();
      for (const which of [
        { tokenId: created.info.id },
        { hash: hashToken(created.token) },
        { tokenId: newId() },
        { hash: '\u0000' },
      ])
        await expect(
          auth.client.revokeToken({ actor: someActor, accountId, ...which }),
        ).rejects.toMatchObject({
          code: 'not_found',
        });
      await expect(auth.client.revokeToken({ actor: someActor, accountId })).rejects.toMatchObject({
        code: 'invalid_request',
      });
      await expect(authenticate(created.token)).resolves.toBeDefined();
    });

    it('are listed newest first while they work', async () => {
      const { id: accountId } = await user();
      const made = [];
      for (let i = 0; i < 5; i++) made.push((await token(accountId)).info.id);
      await auth.client.revokeToken({ actor: someActor, accountId, tokenId: made[2]! });
      await token(accountId, [], new Date(auth.clock.now().getTime() + 1000).toISOString());
      auth.clock.advance(1000);
      const first = await auth.client.listTokens({ accountId, limit: 3 });
      const rest = await auth.client.listTokens({ accountId, limit: 3, cursor: first.next });
      const listed = [...first.items, ...rest.items].map(({ id }) => id);
      expect(new Set(listed)).toEqual(new Set([made[4], made[3], made[1], made[0]]));
      expect(rest.next).toBeNull();
    });

    it('note their last use apart from the request', async () => {
      const { id: accountId } = await user();
      const created = await token(accountId);
      await authenticate(created.token);
      await authenticate(created.token);
      await auth.get(TokenUsage).flush();
      const { items } = await auth.client.listTokens({ accountId });
      expect(items[0]!.lastUsedAt).toBe(auth.clock.now().toISOString());
    });

    it('belong to users, have a name, and never claim site administration for others', async () => {
      const { id: accountId } = await user();
      const { account } = await auth.client.createOrganization({
        login: 'token-org',
        ownerAccountId: accountId,
      });
      await expect(token(account.id)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(token(newId())).rejects.toMatchObject({ code: 'not_found' });
      await expect(token(accountId, ['site_admin'])).rejects.toMatchObject({ code: 'forbidden' });
      for (const name of [' ', 'a\u0000'])
        await expect(
          auth.client.createToken({ actor: someActor, accountId, name, scopes: [] }),
        ).rejects.toMatchObject({
          code: 'invalid_request',
        });
    });

    it('leave no row thirty days after their end', async () => {
      const { id: accountId } = await user();
      const revoked = await token(accountId);
      const kept = await token(accountId);
      await auth.client.revokeToken({ actor: someActor, accountId, tokenId: revoked.info.id });
      const job = auth.get(DeleteEndedTokensJob);
      const rows = async () =>
        (await auth.database.query('SELECT id FROM tokens WHERE account_id = $1', [accountId])).length;
      auth.clock.advance(29 * DAY);
      await job.run();
      expect(await rows()).toBe(2);
      auth.clock.advance(2 * DAY);
      await job.run();
      expect(await rows()).toBe(1);
      await expect(authenticate(kept.token)).resolves.toBeDefined();
    });
  });

  describe('passwords', () => {
    it('sign in with the right one only, and tell nothing else', async () => {
      const { id, login } = await user('correct horse');
      await expect(withPassword(login.toUpperCase(), 'correct horse')).resolves.toMatchObject({
        principal: { accountId: id, scopes: null, tokenId: null },
      });
      const wrong = [
        withPassword(login, 'wrong'),
        withPassword('nobody-here', 'correct horse'),
        withPassword('\u0000', 'x'),
        withPassword('__proto__', 'x'),
      ];
      const refusals = await Promise.allSettled(wrong);
      const messages = new Set(
        refusals.map((one) => (one.status === 'rejected' ? String(one.reason) : 'let in')),
      );
      expect(messages).toEqual(new Set(['DomainError: The login or the password is wrong.']));
    });

    it('are checked once for a burst of requests, and not again from then on', async () => {
      const { login } = await user('correct horse');
      const signIn = () => withPassword(login, 'correct horse');
      expect(await hashesOf(() => Promise.all(Array.from({ length: 150 }, signIn)))).toHaveLength(1);
      expect(await hashesOf(() => Promise.all(Array.from({ length: 100 }, signIn)))).toEqual([]);
    });

    it('that were changed stop working at once', async () => {
      const { id: accountId, login } = await user('correct horse');
      await withPassword(login, 'correct horse');
      await expect(
        auth.client.changePassword({
          actor: someActor,
          accountId,
          oldPassword: 'wrong',
          newPassword: 'battery staple',
        }),
      ).rejects.toMatchObject({ code: 'credentials_invalid' });
      await auth.client.changePassword({
        actor: someActor,
        accountId,
        oldPassword: 'correct horse',
        newPassword: 'battery staple',
      });
      await expect(withPassword(login, 'correct horse')).rejects.toMatchObject({
        code: 'credentials_invalid',
      });
      await expect(withPassword(login, 'battery staple')).resolves.toBeDefined();
    });

    it('cannot be guessed quickly', async () => {
      const { login } = await user('correct horse');
      const guesses = [];
      for (let i = 0; i < 8; i++)
        guesses.push(await withPassword(login, `guess ${i}`, '10.1.1.1').catch((error: unknown) => error));
      expect(guesses.at(-1)).toMatchObject({
        code: 'rate_limited',
        details: { retryAfterSeconds: expect.any(Number) as number },
      });
      await expect(withPassword(login, 'correct horse', '10.1.1.1')).rejects.toMatchObject({
        code: 'rate_limited',
      });
      await expect(withPassword(login, 'correct horse', '10.1.1.2')).resolves.toBeDefined();
    });

    it('are hashed at the same cost for logins that exist and that do not, so that the time tells nothing', async () => {
      const { login } = await user('correct horse');
      const { login: withoutOne } = await user();
      const wrong = (name: string) => () => withPassword(name, 'wrong', '10.2.0.1').catch(() => undefined);
      const known = await hashesOf(wrong(login));
      expect(known).toEqual([{ N: 2 ** 15, r: 8, p: 1, maxmem: expect.any(Number) as number }]);
      expect(await hashesOf(wrong(withoutOne))).toEqual(known);
      expect(await hashesOf(wrong('nobody-here-either'))).toEqual(known);
    });

    it('are given anew from the command line', async () => {
      const { login } = await user();
      const reset = await auth.get(ResetPassword).run(login.toUpperCase());
      await expect(withPassword(login, reset.password)).resolves.toMatchObject({ principal: { login } });
      await expect(auth.get(ResetPassword).run('nobody-here')).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('of the first administrator', () => {
    it('are made at the first start and shown once', async () => {
      const [heading, login, password] = auth.notices.take();
      expect(heading).toContain('shown once');
      expect(login).toContain('admin-user');
      const { principal } = await withPassword('admin-user', password!.trim().split(/\s+/)[1]!);
      expect(principal.siteAdmin).toBe(true);
      await expect(auth.get(FirstAdministrator).ensureFirstAdministrator()).resolves.toBeNull();
    });

    it('are made by exactly one of several replicas that start together', async () => {
      const url = await postgres.createDatabase();
      const env = { PACKHOUSE_ADMIN_LOGIN: 'root-1', PACKHOUSE_ADMIN_PASSWORD: 'a-long-password' };
      const replicas = await Promise.all([1, 2, 3].map(() => AuthReplica.start(url, env)));
      try {
        const notices = replicas.map((replica) => replica.notices.take());
        expect(notices.filter((lines) => lines.length > 0)).toHaveLength(1);
        expect(JSON.stringify(notices)).not.toContain('a-long-password');
        const { items } = await replicas[0]!.client.listAccounts({});
        expect(items.map(({ login }) => login)).toEqual(['root-1']);
      } finally {
        for (const replica of replicas) await replica.stop();
      }
    });
  });
});
