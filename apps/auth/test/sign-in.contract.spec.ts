import type { Account } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { hashToken, MINUTE, newSecret, SECOND } from '@packhouse/kernel';
import { URI, type TOTP } from 'otpauth';
import { ExpireWebLoginsJob } from '../src/jobs/expire-web-logins.job';
import { someActor, startAuth, type AuthReplica } from './support/start-auth';

const password = 'correct horse';
const where = { address: '10.0.0.1', userAgent: 'client/1.0' };

describe('signing in', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let counter = 0;
  const user = async (): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}`, password })).account;
  /** The code that an authenticator shows now. */
  const codeOf = (totp: TOTP): string => totp.generate({ timestamp: auth.clock.now().getTime() });
  const nextStep = (): void => auth.clock.advance(30 * SECOND);

  async function withTwoFactor(mode: 'auth' | 'writes' = 'auth') {
    const account = await user();
    const { otpauthUrl } = await auth.client.startTwoFactor({ accountId: account.id, password, mode });
    const totp = URI.parse(otpauthUrl) as TOTP;
    const { recoveryCodes } = await auth.client.confirmTwoFactor({
      actor: someActor,
      accountId: account.id,
      otp: codeOf(totp),
    });
    nextStep();
    return { account, totp, recoveryCodes };
  }

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
  }, 60_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  describe('with a password', () => {
    it('gives the whole account', async () => {
      const { id, login } = await user();
      await expect(auth.client.signIn({ login, password })).resolves.toMatchObject({
        principal: { accountId: id, scopes: null },
      });
      await expect(auth.client.signIn({ login, password: 'wrong' })).rejects.toMatchObject({
        code: 'credentials_invalid',
      });
    });

    it('gives no more than the token when a token stands in its place', async () => {
      const { id, login } = await user();
      const { token } = await auth.client.createToken({
        actor: someActor,
        accountId: id,
        name: 'ci',
        scopes: ['read:packages'],
      });
      await expect(auth.client.signIn({ login, password: token })).resolves.toMatchObject({
        principal: { scopes: ['read:packages'] },
      });
    });
  });

  describe('with two factors', () => {
    it('asks for nothing until the authenticator has shown a code', async () => {
      const { id: accountId, login } = await user();
      await auth.client.startTwoFactor({ accountId, password, mode: 'auth' });
      await expect(auth.client.signIn({ login, password })).resolves.toBeDefined();
      await expect(
        auth.client.confirmTwoFactor({ actor: someActor, accountId, otp: '000000' }),
      ).rejects.toMatchObject({
        code: 'otp_required',
      });
      await expect(
        auth.client.startTwoFactor({ accountId, password: 'wrong', mode: 'auth' }),
      ).rejects.toMatchObject({ code: 'credentials_invalid' });
    });

    it('asks for a one-time password from then on', async () => {
      const { account, totp } = await withTwoFactor('writes');
      const { login } = account;
      await expect(auth.client.findAccount({ login })).resolves.toMatchObject({
        account: { twoFactor: 'writes' },
      });
      await expect(auth.client.signIn({ login, password })).rejects.toMatchObject({ code: 'otp_required' });
      await expect(auth.client.signIn({ login, password, otp: codeOf(totp) })).resolves.toMatchObject({
        principal: { twoFactor: 'writes' },
      });
    });

    it('does not take the bare password with a request, but takes tokens', async () => {
      const { account } = await withTwoFactor();
      const credential = { kind: 'password' as const, login: account.login, password };
      await expect(auth.client.authenticate({ credential })).rejects.toMatchObject({ code: 'otp_required' });
      const { token } = await auth.client.createToken({
        actor: someActor,
        accountId: account.id,
        name: 'ci',
        scopes: [],
      });
      await expect(
        auth.client.authenticate({ credential: { ...credential, password: token } }),
      ).resolves.toBeDefined();
    });

    it('refuses a code that was used, even when many send it at once', async () => {
      const { account, totp } = await withTwoFactor();
      const otp = codeOf(totp);
      const attempts = await Promise.allSettled(
        Array.from({ length: 5 }, () => auth.client.verifyOtp({ accountId: account.id, otp })),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expect(auth.client.verifyOtp({ accountId: account.id, otp })).rejects.toMatchObject({
        code: 'otp_required',
      });
    });

    it('refuses the code that confirmed the authenticator', async () => {
      const { id: accountId } = await user();
      const { otpauthUrl } = await auth.client.startTwoFactor({ accountId, password, mode: 'auth' });
      const otp = codeOf(URI.parse(otpauthUrl) as TOTP);
      await auth.client.confirmTwoFactor({ actor: someActor, accountId, otp });
      await expect(auth.client.verifyOtp({ accountId, otp })).rejects.toMatchObject({ code: 'otp_required' });
    });

    it('takes each of ten recovery codes once', async () => {
      const { account, recoveryCodes } = await withTwoFactor();
      expect(recoveryCodes).toHaveLength(10);
      const otp = recoveryCodes[0]!;
      await auth.client.verifyOtp({ accountId: account.id, otp: otp.toUpperCase() });
      await expect(auth.client.verifyOtp({ accountId: account.id, otp })).rejects.toMatchObject({
        code: 'otp_required',
      });
      await auth.client.verifyOtp({ accountId: account.id, otp: recoveryCodes[1]! });
    });

    it('does not take the codes of somebody else', async () => {
      const [one, two] = [await withTwoFactor(), await withTwoFactor()];
      for (const otp of [one.recoveryCodes[0]!, codeOf(one.totp)])
        await expect(auth.client.verifyOtp({ accountId: two.account.id, otp })).rejects.toMatchObject({
          code: 'otp_required',
        });
    });

    it('slows the guessing of codes', async () => {
      const { account } = await withTwoFactor();
      const answers = [];
      for (let i = 0; i < 8; i++)
        answers.push(
          await auth.client
            .verifyOtp({ accountId: account.id, otp: `00000${i}` })
            .catch((error: unknown) => error),
        );
      expect(answers.at(-1)).toMatchObject({ code: 'rate_limited' });
    });

    it('cannot be replaced or turned off by the password alone', async () => {
      const { account, totp } = await withTwoFactor();
      const accountId = account.id;
      await expect(auth.client.startTwoFactor({ accountId, password, mode: 'auth' })).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(
        auth.client.disableTwoFactor({ actor: someActor, accountId, password, otp: '000000' }),
      ).rejects.toMatchObject({ code: 'otp_required' });
      await expect(
        auth.client.disableTwoFactor({ actor: someActor, accountId, password: 'wrong', otp: codeOf(totp) }),
      ).rejects.toMatchObject({ code: 'credentials_invalid' });
      await auth.client.disableTwoFactor({ actor: someActor, accountId, password, otp: codeOf(totp) });
      await expect(auth.client.signIn({ login: account.login, password })).resolves.toMatchObject({
        principal: { twoFactor: 'off' },
      });
      await expect(
        auth.client.startTwoFactor({ accountId, password, mode: 'writes' }),
      ).resolves.toBeDefined();
    });

    it('survives hostile codes', async () => {
      const { account } = await withTwoFactor();
      for (const otp of ['__proto__', '\u0000', '🦊', ' '.repeat(90)])
        await expect(auth.client.verifyOtp({ accountId: account.id, otp })).rejects.toMatchObject({
          code: 'otp_required',
        });
      await expect(
        auth.client.verifyOtp({ accountId: account.id, otp: '1'.repeat(10_000) }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  describe('in the browser', () => {
    const start = () => auth.client.startWebLogin({ purpose: 'login', ...where });
    const answer = (loginId: string, login: string, approve = true) =>
      auth.client.answerWebLogin({ loginId, approve, login, password });
    const poll = (pollSecret: string) => auth.client.pollWebLogin({ pollSecret });
    const gone = { code: 'not_found' };

    it('gives the waiting client a token, once', async () => {
      const { id, login } = await user();
      const { loginId, pollSecret } = await start();
      await expect(poll(pollSecret)).resolves.toEqual({ state: 'pending' });
      await expect(auth.client.describeWebLogin({ loginId })).resolves.toMatchObject({
        purpose: 'login',
        login: null,
        state: 'pending',
        ...where,
      });
      await answer(loginId, login);
      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => poll(pollSecret)));
      const given = outcomes.flatMap((one) =>
        one.status === 'fulfilled' && one.value.state === 'done' ? [one.value.token] : [],
      );
      expect(given).toHaveLength(1);
      const { principal } = await auth.client.authenticate({
        credential: { kind: 'token', hash: hashToken(given[0]!) },
      });
      expect(principal).toMatchObject({
        accountId: id,
        scopes: ['read:packages', 'write:packages', 'delete:packages'],
      });
      const { items } = await auth.client.listTokens({ accountId: id });
      expect(items.map(({ name }) => name)).toEqual([
        `web login ${auth.clock.now().toISOString().slice(0, 10)}`,
      ]);
      await expect(poll(pollSecret)).rejects.toMatchObject(gone);
    });

    it('keeps neither secret readable', async () => {
      const { pollSecret } = await start();
      const rows = await auth.database.query('SELECT web_logins::text AS row FROM web_logins');
      expect(JSON.stringify(rows)).not.toContain(pollSecret);
    });

    it('gives nothing for the public id, an unknown secret or hostile text', async () => {
      const { loginId } = await start();
      for (const text of [loginId, newSecret(), '__proto__', '', '\u0000', 'x'.repeat(10_000)]) {
        await expect(poll(text)).rejects.toMatchObject(gone);
        if (text !== loginId)
          await expect(auth.client.describeWebLogin({ loginId: text })).rejects.toMatchObject(gone);
      }
    });

    it('can be denied, and is answered once', async () => {
      const { login } = await user();
      const { loginId, pollSecret } = await start();
      await answer(loginId, login, false);
      await expect(poll(pollSecret)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(answer(loginId, login)).rejects.toMatchObject({ code: 'forbidden' });
    });

    it('is not answered with a wrong password, without the second factor, or with a token', async () => {
      const { account } = await withTwoFactor();
      const { loginId, pollSecret } = await start();
      await expect(answer(loginId, account.login)).rejects.toMatchObject({ code: 'otp_required' });
      await expect(
        auth.client.answerWebLogin({ loginId, approve: true, login: account.login, password: 'wrong' }),
      ).rejects.toMatchObject({ code: 'credentials_invalid' });
      const other = await user();
      const { token } = await auth.client.createToken({
        actor: someActor,
        accountId: other.id,
        name: 'ci',
        scopes: [],
      });
      await expect(
        auth.client.answerWebLogin({ loginId, approve: true, login: 'x', password: token }),
      ).rejects.toMatchObject({ code: 'forbidden' });
      await expect(poll(pollSecret)).resolves.toEqual({ state: 'pending' });
    });

    it('ends after ten minutes, answered or not', async () => {
      const { login } = await user();
      const [waiting, approved] = [await start(), await start()];
      await answer(approved.loginId, login);
      auth.clock.advance(10 * MINUTE);
      for (const { pollSecret, loginId } of [waiting, approved]) {
        await expect(poll(pollSecret)).rejects.toMatchObject(gone);
        await expect(answer(loginId, login)).rejects.toMatchObject(gone);
      }
      await auth.get(ExpireWebLoginsJob).run();
      await expect(auth.database.query('SELECT 1 FROM web_logins')).resolves.toEqual([]);
    });

    it('shows hostile addresses and clients without what could mislead', async () => {
      const { loginId } = await auth.client.startWebLogin({
        purpose: 'login',
        address: 'a\u0000b'.repeat(100),
        userAgent: 'x\u202ey\n',
      });
      const shown = await auth.client.describeWebLogin({ loginId });
      expect(shown.address).toHaveLength(100);
      expect(shown.userAgent).toBe('x y');
    });

    it('is bounded for each address', async () => {
      const attempts = [];
      for (let i = 0; i < 101; i++)
        attempts.push(
          await auth.client
            .startWebLogin({ purpose: 'login', address: '10.9.9.9', userAgent: '' })
            .catch((error: unknown) => error),
        );
      expect(attempts.at(-1)).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 600 } });
    });

    it('gives a code that passes once for a one-time password', async () => {
      const { account, totp } = await withTwoFactor('writes');
      const accountId = account.id;
      const { loginId, pollSecret } = await auth.client.startWebLogin({
        purpose: 'otp',
        accountId,
        ...where,
      });
      await expect(auth.client.describeWebLogin({ loginId })).resolves.toMatchObject({
        purpose: 'otp',
        login: account.login,
      });
      await expect(answer(loginId, (await user()).login)).rejects.toMatchObject({ code: 'forbidden' });
      await auth.client.answerWebLogin({
        loginId,
        approve: true,
        login: account.login,
        password,
        otp: codeOf(totp),
      });
      const done = await poll(pollSecret);
      const otp = done.state === 'done' ? done.token : '';
      await expect(
        auth.client.authenticate({ credential: { kind: 'token', hash: hashToken(otp) } }),
      ).rejects.toMatchObject({ code: 'credentials_invalid' });
      await auth.client.verifyOtp({ accountId, otp });
      await expect(auth.client.verifyOtp({ accountId, otp })).rejects.toMatchObject({ code: 'otp_required' });
    });

    it('gives a code for five minutes', async () => {
      const { account, totp } = await withTwoFactor('writes');
      const { loginId, pollSecret } = await auth.client.startWebLogin({
        purpose: 'otp',
        accountId: account.id,
        ...where,
      });
      await auth.client.answerWebLogin({
        loginId,
        approve: true,
        login: account.login,
        password,
        otp: codeOf(totp),
      });
      const done = await poll(pollSecret);
      auth.clock.advance(5 * MINUTE);
      await expect(
        auth.client.verifyOtp({ accountId: account.id, otp: done.state === 'done' ? done.token : '' }),
      ).rejects.toMatchObject({ code: 'otp_required' });
      await expect(auth.client.startWebLogin({ purpose: 'otp', ...where })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    });
  });
});
