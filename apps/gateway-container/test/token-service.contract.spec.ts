import type { Account } from '@packhouse/contracts';
import { toShared } from '@packhouse/gateway-kit';
import { accessIn, actorOf, basic, bearer, password, payloadOf, TokenWorld } from './support/token-world';

jest.setTimeout(60_000);

let world: TokenWorld;
let owner: Account;
let stranger: Account;
let reader: Account;
let ownerToken: string;

beforeAll(async () => {
  world = await TokenWorld.start();
  [owner, stranger, reader] = [await world.user('olga'), await world.user('sam'), await world.user('rita')];
  const acme = await world.organization('Acme', owner);
  await world.image(acme, 'open', { visibility: 'public' });
  const hidden = await world.image(acme, 'hidden');
  await world.auth.setMember({ organizationId: acme.id, accountId: reader.id, role: 'member' });
  await world.auth.setGrant({
    ...toShared(hidden),
    ...{ accountId: reader.id, role: 'read', actor: actorOf(owner.id) },
  });
  await world.image(acme, 'deep/er/name');
  ownerToken = await world.token(owner);
});
afterAll(() => world?.stop());

const everything = (name: string): string => `repository:${name}:*`;
const post = (form: Record<string, string> | [string, string][], headers: Record<string, string> = {}) =>
  world.call('/v2/token', { method: 'POST', body: new URLSearchParams(form), headers });

describe('the token service', () => {
  it('gives what was asked for and the caller may do, and no more', async () => {
    const asked = ['acme/open', 'acme/hidden', 'acme/absent', 'acme/deep/er/name'].map(everything);
    const tokens = [
      await world.tokenFor(asked, basic('olga', ownerToken)),
      await world.tokenFor(asked, basic('rita', await world.token(reader))),
      await world.tokenFor(asked, basic('sam', await world.token(stranger))),
      await world.tokenFor(asked),
    ];
    const all = 'pull,push,delete';
    expect(tokens.map(accessIn)).toEqual([
      [`acme/open: ${all}`, `acme/hidden: ${all}`, `acme/absent: ${all}`, `acme/deep/er/name: ${all}`],
      ['acme/open: pull', 'acme/hidden: pull', `acme/absent: ${all}`],
      ['acme/open: pull'],
      ['acme/open: pull'],
    ]);
  });

  it('never gives more than the access token has, whoever its holder is', async () => {
    const weak = await world.token(owner, ['read:packages']);
    const asked = [everything('acme/hidden'), everything('acme/absent')];
    expect(accessIn(await world.tokenFor(asked, basic('x', weak)))).toEqual(['acme/hidden: pull']);
    const limits = { ownerId: owner.id, packages: null, actions: ['read' as const] };
    const { token: foreign } = await world.auth.createToken({
      ...{ accountId: owner.id, name: 'fine', scopes: [], limits, actor: actorOf(owner.id) },
      expiresAt: new Date(Date.now() + 120_000).toISOString(),
    });
    expect(accessIn(await world.tokenFor(asked, basic('x', foreign)))).toEqual([]);
  });

  it('takes workflow tokens, and ends with them', async () => {
    const { repository } = await world.auth.createRepository({ ownerId: owner.id, name: 'source' });
    const { token } = await world.auth.createWorkflowToken({
      ...{ repositoryId: repository.id, role: 'write', name: 'job', lifetimeMinutes: 1 },
      actor: actorOf(owner.id),
    });
    const answer = await world.ask([everything('olga/built')], basic('olga', token));
    expect(accessIn(String(answer.json['token']))).toEqual(['olga/built: pull,push,delete']);
    expect(answer.json['expires_in']).toBeLessThanOrEqual(60);
  });

  it('answers a login without scopes with a token that is good for nothing but to be one', async () => {
    const answer = await world.ask([], basic('olga', ownerToken), {
      more: '&account=olga&client_id=docker&offline_token=true&service=anything',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(Object.keys(answer.json).sort()).toEqual(['access_token', 'expires_in', 'token']);
    expect(answer.json).toMatchObject({ access_token: answer.json['token'], expires_in: 300 });
    const token = String(answer.json['token']);
    expect(payloadOf(token)).toMatchObject({ sub: 'olga', aud: 'packhouse:container', access: [] });
    const any = await world.call('/_probe/container/any', { headers: { authorization: bearer(token) } });
    expect(any.json).toEqual({ login: 'olga' });
  });

  it('takes a password, in both forms', async () => {
    const scope = everything('acme/hidden');
    const byHeader = await world.tokenFor([scope], basic('olga', password));
    const byForm = await post({ grant_type: 'password', username: 'OLGA', password, scope, service: 's' });
    for (const token of [byHeader, String(byForm.json['access_token'])])
      expect((await world.probe('acme/hidden', 'pull,push', bearer(token))).json).toMatchObject({
        login: 'olga',
      });
    expect(byForm.json).toMatchObject({ scope: 'repository:acme/hidden:pull,push,delete' });
    expect(byForm.json).not.toHaveProperty('refresh_token');
  });

  it('takes scopes repeated and joined in the form, and an access token in the place of the password', async () => {
    const answer = await post([
      ['grant_type', 'password'],
      ['username', 'whoever'],
      ['password', ownerToken],
      ['scope', 'repository:acme/open:pull repository:acme/hidden:pull'],
      ['scope', 'repository:acme/hidden:push'],
    ]);
    expect(accessIn(String(answer.json['token']))).toEqual(['acme/open: pull', 'acme/hidden: pull,push']);
  });

  it.each([
    ['a refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }],
    ['another grant', { grant_type: 'client_credentials' }],
    ['no grant', { username: 'olga' }],
    ['no password', { grant_type: 'password', username: 'olga' }],
  ])('refuses %s as a request that is not valid, so that clients use the other form', async (_what, form) => {
    const answer = await post(form);
    expect(answer.status).toBe(400);
    expect(answer.failure.message).toMatch(/grant|password/);
  });

  it('refuses a body that is no form, or too long', async () => {
    const json = await world.call('/v2/token', { method: 'POST', body: '{}' });
    expect(json.status).toBe(400);
    const long = await post({ grant_type: 'password', password: 'x'.repeat(100_000) });
    expect(long.status).toBe(413);
  });

  it('says of wrong credentials nothing but that, alike for every reason, and sends nobody back for a token', async () => {
    const { token, info } = await world.makeToken(owner.id);
    await world.auth.revokeToken({ accountId: owner.id, tokenId: info.id, actor: actorOf(owner.id) });
    const answers = await Promise.all([
      world.ask([], basic('olga', 'not-the-password')),
      world.ask([], basic('nobody-at-all', 'not-the-password')),
      post({ grant_type: 'password', username: 'olga', password: 'not-the-password' }),
    ]);
    for (const { status, headers, failure } of answers) {
      expect([status, headers.get('www-authenticate')]).toEqual([401, null]);
      expect(failure).toEqual({ code: 'UNAUTHORIZED', message: 'The login or the password is wrong.' });
    }
    const revoked = await world.ask([], basic('olga', token));
    expect([revoked.status, revoked.failure.code]).toEqual([401, 'UNAUTHORIZED']);
    for (const odd of [
      'Bearer nonsense',
      'Digest x',
      basic('', ''),
      'Basic',
      bearer(await world.tokenFor([])),
    ])
      expect([odd, (await world.ask([], odd)).status]).toEqual([odd, 401]);
  });

  it('makes who guesses a password wait', async () => {
    const login = (await world.user('guessed')).login;
    const guess = () => world.ask([], basic(login, `wrong-${Math.random()}`));
    let last = await guess();
    for (let i = 0; i < 8 && last.status === 401; i++) last = await guess();
    expect([last.status, last.failure.code]).toEqual([429, 'TOOMANYREQUESTS']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await world.ask([], basic(login, password))).status).toBe(429);
  });

  it('tells a suspended account why', async () => {
    const user = await world.user('suspended');
    const token = await world.token(user);
    const issued = await world.tokenFor([], basic('x', token));
    const actor = actorOf(owner.id);
    await world.auth.setSuspended({ accountId: user.id, suspended: true, actor });
    const refused = await world.ask([], basic('x', token));
    expect([refused.status, refused.failure.code]).toEqual([403, 'DENIED']);
    expect(refused.failure.message).toContain('suspended');
    expect((await world.probe('acme/open', 'pull', bearer(issued))).status).toBe(403);
  });

  it('shows its public keys, and no private ones', async () => {
    const { json, headers } = await world.call('/v2/token/keys');
    const keys = json['keys'] as Record<string, string>[];
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
    expect(headers.get('cache-control')).toContain('max-age');
    const header = (await world.tokenFor([])).split('.')[0] ?? '';
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    expect(keys.map((key) => key['kid'])).toContain(kid);
  });
});

describe('scopes of hostile requests', () => {
  it('43: are cut to a number, and the token to a size that every client can send', async () => {
    const names = Array.from({ length: 500 }, (_, i) => `olga/${'n'.repeat(150)}-${i}`);
    const answer = await world.ask(
      [names.slice(0, 100).map(everything).join(' ')],
      basic('olga', ownerToken),
    );
    const token = String(answer.json['token']);
    expect(token.length).toBeLessThan(6000);
    expect(accessIn(token)[0]).toBe(`${names[0]}: pull,push,delete`);
    const short = Array.from({ length: 500 }, (_, i) => everything(`olga/a${i}`));
    const many = await post([
      ['grant_type', 'password'],
      ['username', 'x'],
      ['password', ownerToken],
      ...short.map((scope): [string, string] => ['scope', scope]),
    ]);
    const granted = accessIn(String(many.json['token']));
    expect(granted.length).toBeLessThanOrEqual(50);
    expect(granted.length).toBeGreaterThan(20);
  });

  it('put nothing into the token and no line into a header', async () => {
    const evil = [
      'repository:acme/hidden:pull\r\nX-Evil: 1',
      'repository:acme/open"],"sub":"root:pull',
      'repository:../../etc:pull',
      'repository:acme/../acme/hidden:pull',
      'repository:ACME/open:pull',
      'repository:acme/open%2f:pull',
      `repository:acme/${'a'.repeat(300)}:push`,
      'registry:catalog:*',
    ];
    const answer = await world.ask(evil, undefined, { more: '&service=x%0d%0aX-Evil:%201&account=%0d%0a' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-evil')).toBeNull();
    expect(payloadOf(String(answer.json['token']))).toMatchObject({ access: [], refused: [], sub: '' });
  });

  it('may name our host before the repository, and no other one', async () => {
    const { host } = new URL(
      /realm="([^"]+)"/.exec(
        (await world.probe('acme/open', 'pull')).headers.get('www-authenticate') ?? '',
      )?.[1] ?? '',
    );
    const asked = [`repository:${host}/acme/open:pull`, 'repository:other.example:5000/acme/open:push'];
    expect(accessIn(await world.tokenFor(asked))).toEqual(['acme/open: pull']);
  });

  it('ask for the catalog, which those have who signed in', async () => {
    const asked = ['registry:catalog:*', 'registry:catalog:pull', 'registry:other:*'];
    expect(accessIn(await world.tokenFor(asked, basic('x', ownerToken)))).toEqual(['catalog: *']);
    expect(accessIn(await world.tokenFor(asked))).toEqual([]);
  });
});
