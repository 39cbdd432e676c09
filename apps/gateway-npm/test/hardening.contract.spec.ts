import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { makePublish } from './builders';
import { expectRefusal, HttpRegistry, textOf, type Answer, type Person } from './support/http-registry';

jest.setTimeout(120_000);

let registry: HttpRegistry;
let owner: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme']);
  await registry.publish(owner, { name: '@acme/thing', access: 'public' });
});

afterAll(() => registry?.stop());
afterEach(() => registry.expectUnharmed());

describe('what belongs to a person', () => {
  it.each([
    ['GET', '/-/whoami', undefined],
    ['GET', '/-/npm/v1/user', undefined],
    ['GET', '/-/npm/v1/tokens', undefined],
    ['GET', '/-/user/org.couchdb.user:owen', undefined],
    ['GET', '/-/package/@acme%2fthing/visibility', undefined],
    ['GET', '/-/package/@acme%2fthing/collaborators', undefined],
    ['GET', '/-/package/@acme%2fthing/dist-tags', undefined],
    ['GET', '/-/org/acme/user', undefined],
    ['GET', '/-/org/acme/package', undefined],
    ['GET', '/-/stage', undefined],
    ['GET', '/-/_view/starredByUser?key=%22owen%22', undefined],
    ['GET', '/-/v1/search?text=thing', undefined],
    ['POST', '/-/v1/login', {}],
    ['POST', '/-/npm/v1/tokens', { password: 'a-long-enough-password' }],
    ['PUT', '/-/user/org.couchdb.user:owen', { name: 'owen', password: 'a-long-enough-password' }],
  ])('is kept by no cache: %s %s', async (method, path, body) => {
    const answer = await registry.call(path, { method, token: owner.token, body });
    expect(answer.status).toBeLessThan(300);
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});

describe('a large body', () => {
  const large = (): Buffer => Buffer.from(`{"versions":{},"x":"${'x'.repeat(3_000_000)}"}`);
  const bomb = (): Buffer => gzipSync(Buffer.from(`{"x":"${' '.repeat(60_000_000)}"}`));

  /** How many bytes of an endless body are taken before the answer comes. */
  async function answerWhileSending(path: string, method: string): Promise<string> {
    const { hostname, port } = new URL(registry.url);
    return new Promise((resolve) => {
      let received = '';
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `${method} /_registry/npm${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 30000000\r\n\r\n{"x":"`,
        );
      });
      socket.setEncoding('latin1').on('data', (text: string) => {
        received += text;
        socket.destroy();
      });
      socket.on('error', () => undefined).on('close', () => resolve(received));
      socket.setTimeout(20_000, () => socket.destroy());
    });
  }

  it.each([
    ['PUT', '/@acme/thing/-rev/1-x'],
    ['DELETE', '/@acme/thing/-rev/1-x'],
    ['PUT', '/@acme/thing'],
    ['POST', '/-/stage/package/@acme/thing'],
    ['PUT', '/-/package/@acme/thing/dist-tags/x'],
    ['POST', '/-/npm/v1/tokens'],
  ])('of somebody unknown is not waited for: %s %s', async (method, path) => {
    expect(await answerWhileSending(path, method)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it.each([
    ['PUT', '/-/package/@acme/thing/dist-tags/x'],
    ['POST', '/-/package/@acme/thing/access'],
    ['POST', '/-/v1/login'],
    ['POST', '/-/npm/v1/tokens'],
    ['POST', '/-/npm/v1/user'],
    ['PUT', '/-/user/org.couchdb.user:owen'],
  ])('is refused where a small one is expected: %s %s', async (method, path) => {
    expectRefusal(await registry.call(path, { method, token: owner.token, body: large() }), 413);
    const headers = { 'content-encoding': 'gzip' };
    expectRefusal(await registry.call(path, { method, token: owner.token, body: bomb(), headers }), 413);
  });

  it('of an audit is inflated up to its limit', async () => {
    const path = '/-/npm/v1/security/advisories/bulk';
    const headers = { 'content-encoding': 'gzip' };
    const small = gzipSync(JSON.stringify({ thing: ['1.0.0'] }));
    expect((await registry.call(path, { method: 'POST', body: small, headers })).json).toEqual({});
    expectRefusal(await registry.call(path, { method: 'POST', body: bomb(), headers }), 413);
    for (const body of ['[]', '', 'null', '"x"', '{'])
      expectRefusal(await registry.call(path, { method: 'POST', body }), 400);
    const deep = '{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000);
    expect([200, 400]).toContain((await registry.call(path, { method: 'POST', body: deep })).status);
  });

  it('of a change of owners names a limited number of people', async () => {
    const rev = textOf((await registry.document('@acme/thing'))['_rev']!);
    const maintainers = Array.from({ length: 20_000 }, (_, index) => ({ name: `nobody-${index}` }));
    const started = Date.now();
    const answer = await registry.call(`/@acme/thing/-rev/${rev}`, {
      method: 'PUT',
      token: owner.token,
      body: { maintainers },
    });
    expectRefusal(answer, 400, /at most/);
    // Milliseconds: nobody is looked up. 20,000 look-ups are a minute.
    expect(Date.now() - started).toBeLessThan(15_000);
  });
});

describe('HEAD', () => {
  it.each([
    '/@acme/thing/1.0.0',
    '/@acme/thing/latest',
    '/@acme/thing/-/@acme/thing-1.0.0.tgz',
    '/-/package/@acme/thing/dist-tags',
    '/-/package/@acme/thing/visibility',
    '/-/npm/v1/keys',
    '/-/ping',
    '/',
  ])('of %s has the length of GET and no body', async (path) => {
    const [get, head] = await Promise.all([registry.call(path), registry.call(path, { method: 'HEAD' })]);
    expect([head.status, head.headers['content-length']]).toEqual([200, get.headers['content-length']]);
    expect(head.body).toHaveLength(0);
  });
});

describe('many at once', () => {
  it('read and publish the same package, and every reader sees a whole document', async () => {
    const reads: Promise<Answer>[] = [];
    const writes: Promise<Answer>[] = [];
    for (let index = 0; index < 10; index += 1) {
      writes.push(registry.publish(owner, { name: '@acme/busy', version: `1.0.${index}`, access: 'public' }));
      for (let reader = 0; reader < 5; reader += 1)
        reads.push(registry.call('/@acme/busy', { token: owner.token }));
    }
    for (const write of await Promise.all(writes)) expect(write.status).toBe(201);
    for (const read of await Promise.all(reads)) {
      expect([200, 404]).toContain(read.status);
      if (read.status === 404) continue;
      const { versions, time, 'dist-tags': tags } = read.json;
      expect(Object.keys(time!).length).toBe(Object.keys(versions!).length + 2);
      expect(Object.keys(versions!)).toContain(textOf(tags!['latest']!));
    }
    const after = await registry.call('/@acme/busy', { token: owner.token });
    expect(Object.keys(after.json['versions']!)).toHaveLength(10);
  });

  it('are seen by the next read after each publish', async () => {
    for (let index = 0; index < 5; index += 1) {
      const { document } = await makePublish({ name: '@acme/next', version: `1.0.${index}` });
      expect((await registry.put(owner, '@acme/next', document)).status).toBe(201);
      const { json } = await registry.call('/@acme/next', { token: owner.token });
      expect(json['dist-tags']).toEqual({ latest: `1.0.${index}` });
      expect(
        (await registry.call(`/@acme/next/-/next-1.0.${index}.tgz`, { token: owner.token })).status,
      ).toBe(200);
    }
  });
});
