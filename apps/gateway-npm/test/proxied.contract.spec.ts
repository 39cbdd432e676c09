import { expectRefusal, HttpRegistry, textOf, type Person } from './support/http-registry';

jest.setTimeout(120_000);

let registry: HttpRegistry;
let owner: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start({
    PACKHOUSE_TRUSTED_PROXIES: '127.0.0.1',
    PACKHOUSE_NPM_ANONYMOUS_READS: 'off',
    PACKHOUSE_GATEWAY_RATE_LIMIT_ADDRESS: '60',
    PACKHOUSE_GATEWAY_RATE_LIMIT_SECONDS: '3600',
  });
  owner = await registry.createUser('owen', ['acme']);
  await registry.publish(owner, { name: '@acme/thing', access: 'public' });
});

afterAll(() => registry?.stop());
afterEach(() => registry.expectUnharmed());

const asSeenFrom = (host: string, more: Record<string, string> = {}): Record<string, string> => ({
  'x-forwarded-host': host,
  'x-forwarded-proto': 'https',
  ...more,
});

describe('behind a proxy that is trusted', () => {
  it('each caller gets addresses below the base by which it came, and a tag of their own', async () => {
    const seen = new Map<string, string | undefined>();
    for (const [host, prefix, base] of [
      ['one.example', '', 'https://one.example'],
      ['two.example:8443', '', 'https://two.example:8443'],
      ['one.example', '/packages/', 'https://one.example/packages'],
      ['one.example', '', 'https://one.example'],
    ] as const) {
      const headers = asSeenFrom(host, prefix ? { 'x-forwarded-prefix': prefix } : {});
      const { json, headers: given } = await registry.call('/@acme/thing', { token: owner.token, headers });
      const { tarball } = json['versions']!['1.0.0']!['dist']!;
      expect(tarball).toBe(`${base}/_registry/npm/@acme/thing/-/thing-1.0.0.tgz`);
      expect(seen.get(base) ?? given.etag).toBe(given.etag);
      seen.set(base, given.etag);
    }
    expect(new Set(seen.values()).size).toBe(3);
  });

  it('a tag of one base is not good for another', async () => {
    const { token } = owner;
    const one = await registry.call('/@acme/thing', { token, headers: asSeenFrom('one.example') });
    const etag = one.headers.etag ?? '';
    const headers = { ...asSeenFrom('two.example'), 'if-none-match': etag };
    expect((await registry.call('/@acme/thing', { token, headers })).status).toBe(200);
  });

  it.each([
    '',
    ' ',
    'a b',
    'evil.example/path',
    'x@evil.example',
    'a:b:c',
    '<script>',
    'a,b',
    'x'.repeat(5000),
  ])('the host %.20j makes no other address', async (host) => {
    const answer = await registry.call('/@acme/thing', { token: owner.token, headers: asSeenFrom(host) });
    expect(answer.status).toBe(200);
    const tarball = textOf(answer.json['versions']!['1.0.0']!['dist']!['tarball']!);
    const { pathname, username } = new URL(tarball);
    expect([pathname, username]).toEqual(['/_registry/npm/@acme/thing/-/thing-1.0.0.tgz', '']);
  });

  it('sign-in pages and confirmations are below the same base', async () => {
    const answer = await registry.call('/-/v1/login', {
      method: 'POST',
      body: {},
      headers: asSeenFrom('one.example'),
    });
    expect(textOf(answer.json['loginUrl']!)).toMatch(/^https:\/\/one\.example\/login\/confirm\//);
    expect(textOf(answer.json['doneUrl']!)).toMatch(/^https:\/\/one\.example\/_registry\/npm\/-\/v1\/done\//);
  });

  it('limits of requests are for the addresses behind it', async () => {
    const from = async (address: string) =>
      (await registry.call('/-/v1/search?text=x', { headers: { 'x-forwarded-for': address } })).status;
    for (let turn = 0; turn < 60; turn += 1) expect(await from(`203.0.113.${turn}, 192.0.2.1`)).toBe(401);
    expect([await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([429, 401]);
  });
});

describe('where everybody has to sign in', () => {
  it.each([
    '/@acme/thing',
    '/@acme/thing/latest',
    '/@acme/thing/-/thing-1.0.0.tgz',
    '/-/package/@acme/thing/dist-tags',
    '/-/v1/search?text=thing',
    '/-/_view/starredByUser?key=%22owen%22',
    '/downloads/point/last-day/@acme/thing',
  ])('%s is 401 for callers without a credential', async (path) => {
    expectRefusal(await registry.call(path), 401, /sign in/);
    expect((await registry.call(path, { token: owner.token })).status).toBe(200);
  });

  it('what signing in needs stays open', async () => {
    expect((await registry.call('/-/ping')).status).toBe(200);
    expect((await registry.call('/-/v1/login', { method: 'POST', body: {} })).status).toBe(200);
    expect((await registry.call('/-/npm/v1/keys')).status).toBe(200);
  });
});
