import { expectRefusal, HttpRegistry, textOf, type Answer, type Person } from './support/http-registry';

jest.setTimeout(120_000);

const abbreviated = 'application/vnd.npm.install-v1+json';
let registry: HttpRegistry;
let owner: Person;
let stranger: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme']);
  stranger = await registry.createUser('sam');
  await registry.publish(owner, { name: '@acme/open', access: 'public' });
  await registry.publish(owner, { name: '@acme/hidden' });
});
afterAll(() => registry?.stop());

interface Read {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

/** What a client may see of an answer; the date changes by itself. */
function seenOf({ status, headers, body }: Answer): unknown {
  return { status, headers: { ...headers, date: 'then' }, body: body.toString('base64') };
}

/** The path with a query is always routed; the plain one is answered from memory once it was asked for. */
async function readBothWays(path: string, read: Read): Promise<{ routed: Answer; warm: Answer }> {
  const routed = await registry.call(`${path}?routed`, read);
  await registry.call(path, read);
  return { routed, warm: await registry.call(path, read) };
}

describe('a document that is in memory', () => {
  it.each([
    ['in full', {}],
    ['abbreviated', { accept: abbreviated }],
    ['compressed', { 'accept-encoding': 'gzip' }],
    ['compressed with brotli', { 'accept-encoding': 'gzip, deflate, br', accept: abbreviated }],
    ['with codings that are refused', { 'accept-encoding': 'gzip;q=0, identity' }],
    ['on a connection that ends', { connection: 'close' }],
  ])('is the same %s as through the router', async (_what, headers) => {
    for (const method of ['GET', 'HEAD']) {
      for (const path of ['/@acme/open', '/@acme%2fopen', '/%40acme%2Fopen']) {
        const { routed, warm } = await readBothWays(path, { method, headers });
        expect(warm.status).toBe(200);
        expect(seenOf(warm)).toEqual(seenOf(routed));
      }
    }
  });

  it('is told to be unchanged like through the router', async () => {
    const { etag } = (await registry.call('/@acme/open')).headers;
    const { routed, warm } = await readBothWays('/@acme/open', { headers: { 'if-none-match': etag ?? '' } });
    expect(warm.status).toBe(304);
    expect(seenOf(warm)).toEqual(seenOf(routed));
  });

  it('is there for those who may see it, and for nobody else', async () => {
    const mine = await readBothWays('/@acme/hidden', { token: owner.token });
    expect(mine.warm.status).toBe(200);
    expect(seenOf(mine.warm)).toEqual(seenOf(mine.routed));
    const theirs = await readBothWays('/@acme/hidden', { token: stranger.token });
    expectRefusal(theirs.warm, 404, /may read/);
    const anyone = await readBothWays('/@acme/hidden', {});
    expectRefusal(anyone.warm, 401);
  });

  it('is refused to a token that is wrong, also for a package that everybody may read', async () => {
    const { warm } = await readBothWays('/@acme/open', { token: 'phc_nobodyknowsthis' });
    expectRefusal(warm, 401, /unknown, expired or revoked/);
    const odd = await readBothWays('/@acme/open', { headers: { authorization: 'Bearer two words' } });
    expect(seenOf(odd.warm)).toMatchObject({ status: odd.routed.status });
    expect(odd.warm.status).toBe(401);
  });

  it('is the new one as soon as somebody published', async () => {
    await readBothWays('/@acme/open', {});
    expect((await registry.publish(owner, { name: '@acme/open', version: '7.0.0' })).status).toBe(201);
    expect((await registry.call('/@acme/open')).json['versions']).toHaveProperty(['7.0.0']);
  });

  it('is gone as soon as it was deleted', async () => {
    await registry.publish(owner, { name: '@acme/short-lived' });
    const { warm } = await readBothWays('/@acme/short-lived', { token: owner.token });
    expect(warm.status).toBe(200);
    const revision = (await registry.document('@acme/short-lived', owner))['_rev']!;
    const path = `/@acme%2fshort-lived/-rev/${textOf(revision)}`;
    expect((await registry.call(path, { method: 'DELETE', token: owner.token })).status).toBe(200);
    expect((await registry.call('/@acme/short-lived', { token: owner.token })).status).toBe(404);
  });
});
