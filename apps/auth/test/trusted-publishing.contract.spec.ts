import { createHmac } from 'node:crypto';
import { workflowAccount, type AuthClient } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { hashToken, HOUR, MINUTE, SECOND } from '@packhouse/kernel';
import { TestIssuer } from '@packhouse/testing';
import { DeleteEndedSessionsJob } from '../src/jobs/delete-ended-sessions.job';
import { AuthReplica, someActor, startAuth } from './support/start-auth';

jest.setTimeout(60_000);

const audience = 'https://packages.example.org';
const sub = 'repo:acme/app:ref:refs/heads/main';

describe('trusted publishing', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let issuer: TestIssuer;
  let ownerId: string;
  let counter = 0;

  type Exchange = Parameters<AuthClient['exchangeIdToken']>[0];
  type Register = Parameters<AuthClient['registerTrustedPublisher']>[0];
  const now = (): number => auth.clock.now().getTime() / SECOND;
  const sign = (claims: Record<string, unknown> = {}, aud = audience): Promise<string> =>
    issuer.sign(aud, { now: now(), claims: { sub, ...claims } });
  const exchange = (idToken: string, more: Partial<Exchange> = {}) =>
    auth.client.exchangeIdToken({ idToken, ownerLogin: 'acme', audiences: [audience], ...more });
  const register = (more: Partial<Register> = {}) =>
    auth.client.registerTrustedPublisher({
      ...{ ownerId, issuer: issuer.url, claims: { sub }, role: 'write', actor: someActor },
      ...more,
    });
  const authenticate = (text: string) =>
    auth.client.authenticate({ credential: { kind: 'token', hash: hashToken(text) } });
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres, { PACKHOUSE_PRIVATE_ISSUERS: 'on' });
    ownerId = (await auth.client.createUser({ login: 'acme' })).account.id;
  });
  beforeEach(async () => {
    issuer = await TestIssuer.start();
    await auth.database.query('DELETE FROM trusted_publishers');
  });
  afterEach(() => issuer.stop());
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  it('gives a job that is trusted a token for an hour, limited to what the publisher may', async () => {
    const { publisher } = await register({ packageName: '@acme/*' });
    const { token, info, publisherId } = await exchange(await sign());
    expect(publisherId).toBe(publisher.id);
    const limits = { ownerId, packages: ['@acme/*'], actions: ['read', 'write'] };
    const workflow = { ownerId, repositoryId: null, role: 'write' };
    expect(info).toMatchObject({ kind: 'workflow', limits, workflow });
    const { principal } = await authenticate(token);
    expect(principal).toMatchObject({ accountId: workflowAccount.id, scopes: null, limits, workflow });
    const { items } = await auth.client.listTrustedPublishers({ ownerId });
    expect(items).toMatchObject([{ id: publisher.id, lastUsedAt: auth.clock.now().toISOString() }]);
    expect(await auth.eventTypes()).toEqual(
      expect.arrayContaining(['publisher.registered', 'publisher.used', 'token.created']),
    );
    auth.clock.advance(HOUR);
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'credentials_invalid' });
  });

  it('acts as the workflow of a repository where the publisher names one', async () => {
    const { repository } = await auth.client.createRepository({ ownerId, name: `App-${++counter}` });
    await register({ repositoryId: repository.id, role: 'read' });
    const { info } = await exchange(await sign(), { repositoryName: repository.name.toLowerCase() });
    expect(info).toMatchObject({
      limits: null,
      workflow: { ownerId, repositoryId: repository.id, role: 'read' },
    });
    const one = await exchange(await sign(), { packageName: '@acme/lib' });
    expect(one.info.limits).toEqual({ ownerId, packages: ['@acme/lib'], actions: ['read'] });
  });

  it.each(['ES256', 'EdDSA', 'PS256'])('takes signatures by %s', async (alg) => {
    await issuer.rotate({ alg });
    await register();
    await expect(exchange(await sign())).resolves.toBeDefined();
  });

  describe('refuses a token', () => {
    const refusals: Array<[string, Record<string, unknown>, string, RegExp]> = [
      ['that has expired', { exp: -31 }, 'credentials_invalid', /"exp"/],
      ['without an expiry', { exp: undefined }, 'credentials_invalid', /"exp" is missing/],
      ['from the future', { iat: 120 }, 'credentials_invalid', /"iat"/],
      ['that is not valid yet', { nbf: 120 }, 'credentials_invalid', /"nbf"/],
      ['that is older than a day', { iat: -86_500, exp: 100 }, 'credentials_invalid', /"iat"|"exp"/],
      ['of another branch', { sub: 'repo:acme/app:ref:refs/heads/dev' }, 'forbidden', /"sub".*heads\/dev/],
      ['whose claim is a list', { sub: [sub] }, 'forbidden', /no claim "sub" of one value/],
      ['without the claim', { sub: undefined }, 'forbidden', /no claim "sub"/],
      [
        'for another audience',
        { aud: 'https://elsewhere.example' },
        'forbidden',
        /"aud".*elsewhere.*packages\.example/,
      ],
      ['without an audience', { aud: undefined }, 'credentials_invalid', /"aud" is missing/],
    ];
    it.each(refusals)('%s', async (_what, claims, code, message) => {
      await register();
      const times = Object.fromEntries(
        Object.entries(claims).map(([name, value]) => [
          name,
          typeof value === 'number' ? now() + value : value,
        ]),
      );
      await expect(exchange(await sign(times))).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as unknown,
      });
    });

    it('that was exchanged before, and once only however many come at once', async () => {
      await register();
      const idToken = await sign();
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => exchange(idToken)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expect(exchange(idToken)).rejects.toMatchObject({ code: 'credentials_invalid' });
    });

    it('without an id that was exchanged before, also when its signature is written in another way', async () => {
      await issuer.rotate({ alg: 'ES256' });
      await register();
      const idToken = await sign({ jti: undefined });
      await exchange(idToken);
      await expect(exchange(idToken)).rejects.toThrow(/exchanged before/);
      await auth.get(DeleteEndedSessionsJob).run();
      await expect(exchange(idToken)).rejects.toThrow(/exchanged before/);
    });

    it('that nobody signed, or that is signed with the public key as if it were a secret', async () => {
      await register();
      const payload = encode({ iss: issuer.url, aud: audience, sub, iat: now(), exp: now() + 300, jti: 'x' });
      const none = `${encode({ alg: 'none' })}.${payload}.`;
      await expect(exchange(none)).rejects.toMatchObject({ code: 'credentials_invalid' });
      const head = encode({ alg: 'HS256', kid: issuer.publicJwk.kid });
      const mac = createHmac('sha256', JSON.stringify(issuer.publicJwk)).update(`${head}.${payload}`);
      const confused = `${head}.${payload}.${mac.digest('base64url')}`;
      await expect(exchange(confused)).rejects.toMatchObject({ code: 'credentials_invalid' });
    });

    it('that was changed after it was signed, or brings a key of its own', async () => {
      await register();
      const [head, , signature] = (await sign()).split('.');
      const payload = encode({ iss: issuer.url, aud: audience, sub, iat: now(), exp: now() + 300 });
      await expect(exchange(`${head}.${payload}.${signature}`)).rejects.toThrow(/signature/);
      const stranger = await TestIssuer.start();
      const forged = await stranger.sign(audience, {
        now: now(),
        claims: { iss: issuer.url, sub },
        kid: 'key-1',
      });
      await stranger.stop();
      await expect(exchange(forged)).rejects.toMatchObject({ code: 'credentials_invalid' });
    });

    it.each(['', 'x', 'a.b.c', `${'x'.repeat(9000)}.y.z`, '..', 'null'])('that is none: %j', async (text) => {
      await expect(exchange(text || ' ')).rejects.toMatchObject({ code: 'credentials_invalid' });
    });
  });

  describe('asks issuers', () => {
    it('only when somebody registered them', async () => {
      await expect(exchange(await sign())).rejects.toMatchObject({ code: 'forbidden' });
      expect(issuer.requests).toEqual([]);
    });

    it('once for many tokens, and again when a key is new, but not for every unknown one', async () => {
      await register();
      await exchange(await sign());
      await Promise.all([exchange(await sign()), exchange(await sign())]);
      expect(issuer.requests).toHaveLength(2);
      await issuer.rotate();
      await expect(exchange(await sign())).rejects.toThrow(/key that its issuer does not name/);
      auth.clock.advance(31 * SECOND);
      await exchange(await sign());
      expect(issuer.requests).toHaveLength(4);
      for (let i = 0; i < 20; i++) {
        const unknown = await issuer.sign(audience, { now: now(), claims: { sub }, kid: `unknown-${i}` });
        await expect(exchange(unknown)).rejects.toMatchObject({ code: 'credentials_invalid' });
      }
      expect(issuer.requests).toHaveLength(4);
    });

    it('and goes on with the keys it has when the issuer is down for a while', async () => {
      await register();
      await exchange(await sign());
      auth.clock.advance(2 * HOUR);
      issuer.misbehave = (_path, answer) => {
        answer.writeHead(503).end();
        return true;
      };
      await expect(exchange(await sign())).resolves.toBeDefined();
      auth.clock.advance(23 * HOUR);
      await expect(exchange(await sign())).rejects.toThrow(/HTTP 503/);
    });

    it.each([
      ['redirects', /redirects/, { location: 'http://169.254.169.254/latest/meta-data' }, 302, ''],
      ['sends more than anybody needs', /larger than/, {}, 200, ' '.repeat(300_000)],
      ['sends no JSON', /not JSON/, {}, 200, '<html>'],
      [
        'describes another issuer',
        /another issuer/,
        {},
        200,
        '{"issuer":"https://x.example","jwks_uri":"https://x.example"}',
      ],
    ])('and refuses one that %s', async (_what, message, headers, status, body) => {
      await register();
      issuer.misbehave = (_path, answer) => {
        answer.writeHead(status, headers).end(body);
        return true;
      };
      await expect(exchange(await sign())).rejects.toMatchObject({
        code: 'credentials_invalid',
        message: expect.stringMatching(message) as unknown,
      });
    });

    it('and waits for none longer than five seconds', async () => {
      await register();
      issuer.misbehave = (_path, answer) => {
        answer.writeHead(200, { 'content-type': 'application/json' });
        answer.write('{');
        return true;
      };
      const began = Date.now();
      await expect(exchange(await sign())).rejects.toThrow(/within 5 seconds/);
      // It would not answer at all.
      expect(Date.now() - began).toBeLessThan(15_000);
    });

    it('and never a private address behind one that is public', async () => {
      await register();
      issuer.misbehave = (path, answer) => {
        if (path === '/keys') return false;
        answer.end(JSON.stringify({ issuer: issuer.url, jwks_uri: 'http://169.254.169.254/keys' }));
        return true;
      };
      await expect(exchange(await sign())).rejects.toThrow(/address is not one to be used/);
    });
  });

  describe('of several publishers', () => {
    it('takes the narrowest for a package, and asks which where that does not tell', async () => {
      await register({ role: 'read' });
      const { publisher } = await register({ packageName: '@acme/lib' });
      const { publisherId, info } = await exchange(await sign(), { packageName: '@acme/lib' });
      expect(publisherId).toBe(publisher.id);
      expect(info.limits?.packages).toEqual(['@acme/lib']);
      await expect(exchange(await sign())).rejects.toMatchObject({ code: 'invalid_request' });
      const wide = await exchange(await sign(), { packageName: '@acme/other' });
      expect(wide.info).toMatchObject({ limits: { packages: ['@acme/other'], actions: ['read'] } });
    });

    it('takes none of another owner, and tells a stranger nothing of what an owner registered', async () => {
      await register({ claims: { sub: 'repo:secret-project/*', environment: 'production' } });
      await auth.client.createUser({ login: 'other' });
      const refusal = async (ownerLogin: string): Promise<string> => {
        const refused = exchange(await sign(), { ownerLogin });
        return refused.then(
          () => 'given',
          (error: Error) => error.message.replace(ownerLogin, 'X'),
        );
      };
      expect(await refusal('other')).toMatch(/No trusted publisher of "X"/);
      expect(await refusal('other')).toBe(await refusal('nowhere'));
      await expect(exchange(await sign())).rejects.toMatchObject({
        message: expect.not.stringContaining('secret-project') as unknown,
      });
    });

    it('takes one of a format for that format only', async () => {
      await register({ packageName: '@acme/lib', format: 'echo' });
      const wanted = { packageName: '@acme/lib', format: 'other' };
      await expect(exchange(await sign(), wanted)).rejects.toMatchObject({ code: 'forbidden' });
      const { info } = await exchange(await sign(), { ...wanted, format: 'echo' });
      expect(info.limits).toMatchObject({ packages: ['@acme/lib'], format: 'echo' });
    });

    it('takes one with an audience of its own for that audience only', async () => {
      await register({ audience: 'urn:ours' });
      await expect(exchange(await sign())).rejects.toThrow(/registered with/);
      await expect(exchange(await sign({}, 'urn:ours'))).resolves.toBeDefined();
    });
  });

  it('ends with the publisher: tokens that rest on it are refused from then on', async () => {
    const { publisher } = await register();
    const { token } = await exchange(await sign());
    await authenticate(token);
    const remove = { ownerId, publisherId: publisher.id, actor: someActor };
    const stranger = (await auth.client.createUser({ login: `x-${++counter}` })).account.id;
    await expect(auth.client.removeTrustedPublisher({ ...remove, ownerId: stranger })).rejects.toMatchObject({
      code: 'not_found',
    });
    await auth.client.removeTrustedPublisher(remove);
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'credentials_invalid' });
    await expect(exchange(await sign())).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is not registered for everybody in the world, nor for what is no issuer', async () => {
    const everybody: Array<Record<string, string>> = [{}, { sub: '*' }, { sub: '**', ref: '*' }];
    for (const claims of everybody)
      await expect(register({ claims })).rejects.toMatchObject({ code: 'invalid_request' });
    const wrong = [
      'http://ci.example.org',
      'https://u:p@ci.example.org',
      'https://ci.example.org/?x=1',
      'ftp://x',
      'ci',
    ];
    for (const url of [...wrong, 'http://169.254.169.254', 'https://[fe80::1]', 'javascript:alert(1)'])
      await expect(register({ issuer: url })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('forgets used tokens once they have expired', async () => {
    await register();
    await exchange(await sign());
    auth.clock.advance(6 * MINUTE);
    await auth.get(DeleteEndedSessionsJob).run();
    expect(await auth.database.query('SELECT 1 FROM used_id_tokens')).toEqual([]);
  });
});
