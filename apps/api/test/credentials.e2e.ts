import { newTokenText } from '@packhouse/kernel';
import {
  buildPackage,
  ConformingFetch,
  PlatformApi,
  putVersion,
  removeTemporaryFolders,
  selectModes,
  startPlatform,
  TestIssuer,
  type RunningPlatform,
} from '@packhouse/testing';

import { Browser } from './support/browser';
import { onEvery, statusEverywhere } from './support/replicas';

jest.setTimeout(60_000);

const password = 'a-long-enough-password';
const ours = '/api/packhouse/v1';
interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

const basic = (login: string): string => `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
const bearer = (token: string): string => `Bearer ${token}`;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

describe.each(selectModes())('credentials, %s', (mode) => {
  let platform: RunningPlatform;
  let conforming: ConformingFetch;
  let issuer: TestIssuer;

  /** Every answer is compared with the served description of the API. */
  async function call(method: string, path: string, authorization?: string, body?: unknown): Promise<Reply> {
    const answer = await conforming.fetch(`${platform.url}${path}`, {
      method,
      headers: { ...(authorization ? { authorization } : {}), 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
      text,
    };
  }

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    platform = await startPlatform({ mode, env: { PACKHOUSE_PRIVATE_ISSUERS: 'on' } });
    conforming = await ConformingFetch.open(platform.url);
    for (const login of ['alice', 'bob', 'eve', 'mallory']) await platform.api.createUser(login, password);
    const alice = PlatformApi.withPassword(platform.url, 'alice', password);
    await alice.createOrganization('acme');
    await alice.setMember('acme', 'bob', 'member');
    await alice.call('POST', '/repositories', { owner: 'acme', name: 'app' });
  }, 240_000);
  afterAll(async () => {
    await platform?.stop();
    await issuer?.stop();
    removeTemporaryFolders();
  }, 60_000);

  describe('fine-grained tokens over HTTP', () => {
    const limits = { owner: 'acme', packages: ['@acme/*'], actions: ['read', 'write'] };
    const make = async (authorization = basic('alice'), more: object = {}): Promise<Reply> =>
      call('POST', `${ours}/tokens`, authorization, { name: 'robot', limits, expiresInDays: 30, ...more });

    it('are made with limits instead of scopes, listed with them, and revoked at once', async () => {
      const made = await make();
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({
        kind: 'fine-grained',
        limits: { packages: ['@acme/*'] },
        scopes: [],
      });
      const token = textOf(made.body.token);
      const user = await call('GET', `${ours}/user`, bearer(token));
      expect(user.body).toMatchObject({ login: 'alice', scopes: null, limits: { packages: ['@acme/*'] } });
      expect((await call('GET', `${ours}/tokens`, basic('alice'))).text).toContain(textOf(made.body.id));
      expect((await call('DELETE', `${ours}/tokens/${textOf(made.body.id)}`, basic('alice'))).status).toBe(
        204,
      );
      expect((await call('GET', `${ours}/user`, bearer(token))).status).toBe(401);
    });

    it('have an end, an owner that is there, and not scopes beside their limits', async () => {
      expect((await make(undefined, { expiresInDays: undefined })).status).toBe(400);
      expect((await make(undefined, { expiresInDays: 400 })).status).toBe(400);
      expect((await make(undefined, { scopes: ['user'] })).status).toBe(400);
      expect((await make(undefined, { limits: { ...limits, owner: 'nowhere' } })).status).toBe(404);
      expect((await make(undefined, { limits: { ...limits, owner: 'packhouse-actions[bot]' } })).status).toBe(
        404,
      );
    });

    it('are no way to more rights than they have', async () => {
      const token = bearer(textOf((await make()).body.token));
      const attempts: Array<[string, string, unknown?]> = [
        ['POST', `${ours}/tokens`, { name: 'more', scopes: ['write:packages'] }],
        ['POST', `${ours}/tokens`, { name: 'more', limits, expiresInDays: 1 }],
        ['GET', `${ours}/tokens`],
        ['GET', `${ours}/sessions`],
        ['POST', `${ours}/organizations`, { login: 'mine' }],
        ['POST', `${ours}/repositories`, { name: 'mine' }],
        ['PUT', `${ours}/organizations/acme/members/eve`, { role: 'owner' }],
        ['POST', `${ours}/repositories/acme/app/workflow-tokens`, {}],
        ['POST', `${ours}/trusted-publishers/acme`, { issuer: issuer.url, claims: { sub: 'repo:acme' } }],
        ['GET', '/_registry/npm/-/npm/v1/tokens'],
        ['POST', '/_registry/npm/-/npm/v1/tokens', { password, name: 'more' }],
        ['POST', '/_registry/npm/-/npm/v1/user', { fullname: 'Mallory' }],
        ['PUT', '/_registry/npm/-/org/acme/user', { user: 'eve', role: 'owner' }],
      ];
      for (const [method, path, body] of attempts)
        expect([method, path, (await call(method, path, token, body)).status]).toEqual([method, path, 403]);
    });

    it('sign in to the registry for a token of the same limits', async () => {
      const made = await make();
      const signIn = { _id: 'org.couchdb.user:alice', name: 'alice', password: textOf(made.body.token) };
      const given = await call('PUT', '/_registry/npm/-/user/org.couchdb.user:alice', undefined, signIn);
      expect(given.status).toBe(201);
      const user = await call('GET', `${ours}/user`, bearer(textOf(given.body.token)));
      expect(user.body).toMatchObject({ limits: { packages: ['@acme/*'], actions: ['read', 'write'] } });
    });

    it('are made by a classic token only within its scopes', async () => {
      const { token } = await PlatformApi.withPassword(platform.url, 'alice', password).createToken({
        scopes: ['user', 'read:packages'],
      });
      expect((await make(bearer(token))).status).toBe(403);
      const reading = { limits: { ...limits, actions: ['read'] } };
      expect((await make(bearer(token), reading)).status).toBe(201);
    });
  });

  describe('workflow tokens over HTTP', () => {
    const path = `${ours}/repositories/acme/app/workflow-tokens`;

    it('are made, listed and revoked by an admin of the repository, and act as the workflow', async () => {
      const made = await call('POST', path, basic('alice'), { role: 'read', name: 'build 7' });
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({ kind: 'workflow', workflow: { role: 'read' }, readonly: true });
      const token = bearer(textOf(made.body.token));
      const user = await call('GET', `${ours}/user`, token);
      expect(user.body).toMatchObject({ login: 'packhouse-actions[bot]', kind: 'bot', siteAdmin: false });
      expect((await call('GET', path, basic('alice'))).text).toContain(textOf(made.body.id));
      expect((await call('DELETE', `${path}/${textOf(made.body.id)}`, basic('alice'))).status).toBe(204);
      expect((await call('GET', `${ours}/user`, token)).status).toBe(401);
    });

    it.each([
      ['a stranger', 401, undefined],
      ['somebody who may not see the repository', 404, basic('eve')],
      ['a member who may only read it', 403, basic('bob')],
    ])('are refused to %s', async (_who, status, authorization) => {
      expect((await call('POST', path, authorization, {})).status).toBe(status);
      expect((await call('GET', path, authorization)).status).toBe(status);
    });

    it('do not tell whether a hidden repository exists', async () => {
      const hidden = await call('POST', path, basic('eve'), {});
      const absent = await call('POST', `${ours}/repositories/acme/nil/workflow-tokens`, basic('eve'), {});
      expect(hidden.body.message).toBe(textOf(absent.body.message).replace('nil', 'app'));
    });

    it('see and revoke no tokens of other workflows', async () => {
      const token = bearer(textOf((await call('POST', path, basic('alice'), {})).body.token));
      expect((await call('GET', `${ours}/tokens`, token)).status).toBe(403);
      expect((await call('GET', '/_registry/npm/-/npm/v1/tokens', token)).status).toBe(403);
      expect((await call('POST', path, token, {})).status).toBe(403);
    });

    it('live a day at most', async () => {
      expect((await call('POST', path, basic('alice'), { lifetimeMinutes: 1441 })).status).toBe(400);
    });
  });

  describe('trusted publishers over HTTP', () => {
    const path = `${ours}/trusted-publishers/acme`;
    const terms = () => ({ issuer: issuer.url, claims: { sub: 'repo:acme/app:*' }, repository: 'app' });
    const exchange = (idToken: string): Promise<Reply> =>
      call('POST', `${ours}/trusted-publishing/exchange`, undefined, { idToken, owner: 'acme' });

    it('are registered, listed and removed by owners, and let a job in without a secret', async () => {
      const made = await call('POST', path, basic('alice'), terms());
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({ repositoryName: 'app', createdBy: 'alice', role: 'write' });
      const claims = { sub: 'repo:acme/app:ref:refs/heads/main' };
      const given = await exchange(await issuer.sign(platform.url, { claims }));
      expect(given.status).toBe(201);
      expect(given.body).toMatchObject({ kind: 'workflow', workflow: { role: 'write' }, limits: null });
      const refused = await exchange(await issuer.sign('https://elsewhere.example', { claims }));
      expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining(platform.url)]);
      expect((await call('GET', path, basic('alice'))).text).toContain(textOf(made.body.id));
      expect((await call('DELETE', `${path}/${textOf(made.body.id)}`, basic('alice'))).status).toBe(204);
      const after = await call('GET', `${ours}/user`, bearer(textOf(given.body.token)));
      expect(after.status).toBe(401);
    });

    it.each([
      ['a stranger', 401, 401, undefined],
      ['a member', 403, 403, basic('bob')],
      // Who may not see the repository does not hear that it is there.
      ['somebody else', 403, 404, basic('mallory')],
    ])('are no business of %s', async (_who, listing, registering, authorization) => {
      expect((await call('GET', path, authorization)).status).toBe(listing);
      expect((await call('POST', path, authorization, terms())).status).toBe(registering);
    });

    it('may be of a person, who alone registers them', async () => {
      const own = `${ours}/trusted-publishers/bob`;
      const mine = { issuer: issuer.url, claims: { sub: 'repo:bob/*' } };
      expect((await call('POST', own, basic('bob'), mine)).status).toBe(201);
      expect((await call('POST', own, basic('alice'), mine)).status).toBe(403);
      expect((await call('POST', `${ours}/trusted-publishers/nobody`, basic('bob'), mine)).status).toBe(404);
    });

    it('of a repository are its admins’ to register, list and remove, and nobody else’s', async () => {
      const collaborator = `/api/v3/repos/acme/app/collaborators/eve`;
      await call('PUT', collaborator, basic('alice'), { permission: 'push' });
      const list = `${path}?repository=app`;
      const refused = await call('POST', path, basic('eve'), terms());
      expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('"admin"')]);
      expect((await call('PUT', collaborator, basic('alice'), { permission: 'admin' })).status).toBe(204);
      const made = await call('POST', path, basic('eve'), terms());
      expect(made.body).toMatchObject({ repositoryName: 'app', createdBy: 'eve' });
      const claims = { sub: 'repo:acme/app:ref:refs/heads/main' };
      expect((await exchange(await issuer.sign(platform.url, { claims }))).status).toBe(201);
      expect((await call('GET', list, basic('eve'))).text).toContain(textOf(made.body.id));
      for (const [method, at, body] of [
        ['GET', path],
        ['POST', path, { issuer: issuer.url, claims: { sub: 'repo:acme/*' } }],
        ['GET', `${path}?repository=app`, undefined, 'bob'],
        ['DELETE', `${path}/${textOf(made.body.id)}`, undefined, 'bob'],
      ] as const)
        expect((await call(method, at, basic(at === path ? 'eve' : 'bob'), body)).status).toBe(403);
      await call('POST', `${ours}/repositories`, basic('alice'), { owner: 'acme', name: 'hidden' });
      expect((await call('POST', path, basic('eve'), { ...terms(), repository: 'hidden' })).status).toBe(404);
      const hidden = await call('POST', path, basic('alice'), { ...terms(), repository: 'hidden' });
      const foreign = await call('DELETE', `${path}/${textOf(hidden.body.id)}`, basic('eve'));
      const absent = await call('DELETE', `${path}/01900000-0000-7000-8000-00000000000a`, basic('eve'));
      expect([foreign.status, foreign.body.message]).toEqual([403, absent.body.message]);
      expect((await call('DELETE', `${path}/${textOf(made.body.id)}`, basic('eve'))).status).toBe(204);
    });

    it('of a package are its admins’ too: of exactly that one, and only while they are admins', async () => {
      const registry = `${platform.url}/_registry/npm`;
      const { token } = await PlatformApi.withPassword(platform.url, 'alice', password).createToken();
      for (const name of ['@acme/lib', '@acme/library'])
        await putVersion(registry, token, await buildPackage({ name, version: '1.0.0' }));
      const grant = `${ours}/packages/acme/npm/lib/access/people/bob`;
      const mine = {
        issuer: issuer.url,
        claims: { sub: 'repo:bob/lib:*' },
        format: 'npm',
        package: '@acme/lib',
      };
      expect((await call('PUT', grant, basic('alice'), { role: 'write' })).status).toBe(204);
      expect((await call('POST', path, basic('bob'), mine)).status).toBe(403);
      expect((await call('PUT', grant, basic('alice'), { role: 'admin' })).status).toBe(204);
      const made = await call('POST', path, basic('bob'), mine);
      expect(made.body).toMatchObject({ packageName: '@acme/lib', format: 'npm', repositoryName: null });
      const reach = (name: string, format?: string) =>
        call('POST', path, basic('bob'), { ...mine, package: name, format });
      expect([(await reach('@acme/*', 'npm')).status, (await reach('@acme/library', 'npm')).status]).toEqual([
        404, 404,
      ]);
      expect((await reach('@acme/lib')).status).toBe(403);
      const claims = { sub: 'repo:bob/lib:ref:refs/heads/main' };
      const idToken = await issuer.sign(platform.url, { claims });
      const given = await call('POST', `${ours}/trusted-publishing/exchange`, undefined, {
        ...{ idToken, owner: 'acme', package: '@acme/lib', format: 'npm' },
      });
      const job = textOf(given.body.token);
      const publish = async (name: string) =>
        (await putVersion(registry, job, await buildPackage({ name, version: '2.0.0' }))).status;
      expect([await publish('@acme/lib'), await publish('@acme/library')]).toEqual([201, 403]);
      const list = `${path}?package=@acme/lib&format=npm`;
      expect((await call('GET', list, basic('bob'))).text).toContain(textOf(made.body.id));
      await call('PUT', grant, basic('alice'), { role: 'read' });
      expect((await call('GET', list, basic('bob'))).status).toBe(403);
      expect((await call('DELETE', `${path}/${textOf(made.body.id)}`, basic('bob'))).status).toBe(403);
      expect((await call('DELETE', `${path}/${textOf(made.body.id)}`, basic('alice'))).status).toBe(204);
    });

    it('are never trusted with everything that a public issuer signs', async () => {
      const all = { issuer: issuer.url, claims: { sub: '*' } };
      expect((await call('POST', path, basic('alice'), all)).status).toBe(400);
    });
  });

  describe('sessions over the API', () => {
    it('answer as described, to the browser that holds the cookie', async () => {
      const browser = new Browser(platform.url);
      await browser.signIn('alice', password);
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const session = await conforming.fetch(`${platform.url}${ours}/session`, { headers: { cookie } });
      const { csrfToken } = (await session.json()) as { csrfToken: string };
      const listed = await conforming.fetch(`${platform.url}${ours}/sessions`, { headers: { cookie } });
      const { items } = (await listed.json()) as { items: Array<{ id: string; current: boolean }> };
      expect(items.filter(({ current }) => current)).toHaveLength(1);
      const headers = { cookie, 'x-csrf-token': csrfToken, origin: platform.url };
      const end = `${platform.url}${ours}/sessions/${items[0]?.id}`;
      expect((await conforming.fetch(end, { method: 'DELETE', headers })).status).toBe(204);
      const after = await conforming.fetch(`${platform.url}${ours}/user`, { headers: { cookie } });
      expect(after.status).toBe(401);
      expect((await call('GET', `${ours}/session`, basic('alice'))).status).toBe(404);
    });
  });

  describe('what a credential may', () => {
    it('ends on every replica at once, each of which knew it', async () => {
      const everywhere = (token: string): Promise<number[]> =>
        statusEverywhere(platform, `${ours}/user`, bearer(token));
      const classic = await platform.api.createToken({ scopes: ['user'] });
      const limits = { owner: 'acme', packages: ['@acme/*'], actions: ['read'] };
      const fine = await call('POST', `${ours}/tokens`, basic('alice'), {
        name: 'fine',
        limits,
        expiresInDays: 1,
      });
      const workflows = `${ours}/repositories/acme/app/workflow-tokens`;
      const workflow = await call('POST', workflows, basic('alice'), {});
      const texts = [classic.token, textOf(fine.body.token), textOf(workflow.body.token)];
      for (const text of texts) await expect(everywhere(text)).resolves.toEqual(onEvery(platform, 200));
      await platform.api.revokeToken(classic.id);
      await call('DELETE', `${ours}/tokens/${textOf(fine.body.id)}`, basic('alice'));
      await call('DELETE', `${workflows}/${textOf(workflow.body.id)}`, basic('alice'));
      for (const text of texts) await expect(everywhere(text)).resolves.toEqual(onEvery(platform, 401));
    });
  });

  describe('guessing tokens', () => {
    it('tells nothing: malformed, mistyped, unknown, revoked and hostile ones get the same answer', async () => {
      const { id, token } = await platform.api.createToken({ scopes: ['read:packages'] });
      await platform.api.revokeToken(id);
      const mistyped = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`;
      const guesses = ['x', 'ph_', newTokenText(), mistyped, token, 'ph_' + '0'.repeat(42), 'a'.repeat(5000)];
      const answers = await Promise.all(guesses.map((guess) => call('GET', `${ours}/user`, bearer(guess))));
      const seen = answers.map(({ status, body }) => JSON.stringify([status, body.code, body.message]));
      expect(new Set(seen).size).toBe(1);
      expect(answers[0]?.status).toBe(401);
    });
  });
});
