import {
  buildHelloImage,
  OciHttp,
  pushImage,
  type BuiltImage,
  type OciAnswer,
  type OciRequest,
} from '@packhouse/testing';
import { startRegistry, type ContainerRegistry } from './support/registry-under-test';

jest.setTimeout(120_000);

let registry: ContainerRegistry;
let http: OciHttp;
let stranger: OciHttp;
let image: BuiltImage;
let pull: string;

beforeAll(async () => {
  registry = await startRegistry('embedded');
  const olga = await registry.createUser('olga');
  http = registry.http(olga);
  stranger = registry.http(await registry.createUser('sam'));
  image = await buildHelloImage('hello', { layers: 2 });
  for (const name of ['olga/open', 'olga/hidden', 'olga/moved', 'olga/gone'])
    await pushImage(http, name, image, 'one');
  await registry.makePublic(olga, 'olga/open');
  pull = `Bearer ${await http.getToken(...['open', 'hidden', 'moved', 'gone'].map((name) => `repository:olga/${name}:pull`))}`;
});
afterAll(() => registry?.stop());

/** A path with a query is always routed; the plain one is answered from memory once it was asked for. */
async function readBothWays(
  path: string,
  method = 'GET',
  options: OciRequest = {},
): Promise<{ routed: OciAnswer; warm: OciAnswer }> {
  const read = { authorization: pull, ...options };
  const routed = await http.send(method, `${path}?routed`, read);
  await http.send(method, path, read);
  return { routed, warm: await http.send(method, path, read) };
}

/** What a client may see of an answer; date and request id change by themselves. */
const seenOf = (answer: OciAnswer): unknown => {
  const { status, headers, body } = answer;
  const shown = Object.entries(headers).filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status, headers: Object.fromEntries(shown), body: body.toString('base64') };
};

describe('a manifest that is in memory', () => {
  it.each(['GET', 'HEAD'])('is the same for %s as through the router', async (method) => {
    for (const name of ['olga/open', 'olga/hidden']) {
      for (const reference of ['one', image.manifest.digest]) {
        const { routed, warm } = await readBothWays(`/v2/${name}/manifests/${reference}`, method);
        expect(warm.status).toBe(200);
        expect(seenOf(warm)).toEqual(seenOf(routed));
      }
    }
  });

  it.each(['GET', 'HEAD'])(
    'is not routed for %s, and so asks neither service nor database',
    async (method) => {
      const path = '/v2/olga/open/manifests/one';
      await readBothWays(path, method);
      // What is routed is counted, and refusals tell the number.
      const routed = async () => {
        const { headers } = await http.send('GET', '/v2/olga/open/manifests/none', { authorization: pull });
        return Number.parseInt(String(headers['x-request-id']).split('-').at(-1)!, 36);
      };
      const before = await routed();
      for (let time = 0; time < 20; time += 1)
        expect((await http.send(method, path, { authorization: pull })).status).toBe(200);
      expect(await routed()).toBe(before + 1);
    },
  );

  it('is told to be unchanged like through the router', async () => {
    const headers = { 'if-none-match': `"${image.manifest.digest}"` };
    const { routed, warm } = await readBothWays('/v2/olga/open/manifests/one', 'GET', { headers });
    expect(warm.status).toBe(304);
    expect(seenOf(warm)).toEqual(seenOf(routed));
  });

  it('is there for those who may see it, and for nobody else', async () => {
    const path = '/v2/olga/hidden/manifests/one';
    expect((await readBothWays(path)).warm.status).toBe(200);
    const foreign = `Bearer ${await stranger.getToken('repository:olga/hidden:pull', 'repository:olga/open:pull')}`;
    const theirs = await readBothWays(path, 'GET', { authorization: foreign });
    expect(theirs.warm).toMatchObject({ status: 401, codes: ['UNAUTHORIZED'] });
    expect((await readBothWays(path, 'GET', { authorization: null })).warm.status).toBe(401);
    expect((await readBothWays(path, 'GET', { authorization: `${pull}x` })).warm.status).toBe(401);
    expect(
      (await readBothWays('/v2/olga/open/manifests/one', 'GET', { authorization: foreign })).warm.status,
    ).toBe(200);
  });

  it('is the new one as soon as the tag moves', async () => {
    const path = '/v2/olga/moved/manifests/one';
    expect((await readBothWays(path)).warm.headers['docker-content-digest']).toBe(image.manifest.digest);
    const other = await buildHelloImage('other');
    await pushImage(http, 'olga/moved', other, 'one');
    expect((await http.send('GET', path, { authorization: pull })).headers['docker-content-digest']).toBe(
      other.manifest.digest,
    );
    const old = await http.send('GET', `/v2/olga/moved/manifests/${image.manifest.digest}`, {
      authorization: pull,
    });
    expect(old.status).toBe(200);
  });

  it('is gone as soon as it was deleted, and its blobs with it', async () => {
    const path = '/v2/olga/gone/manifests/one';
    const blob = `/v2/olga/gone/blobs/${image.blobs[0]!.digest}`;
    expect((await readBothWays(path)).warm.status).toBe(200);
    expect((await readBothWays(blob, 'HEAD')).warm.status).toBe(200);
    expect((await http.send('DELETE', `/v2/olga/gone/manifests/${image.manifest.digest}`)).status).toBe(202);
    expect((await http.send('GET', path, { authorization: pull })).status).toBe(404);
  });
});

describe('a blob whose facts are in memory', () => {
  it('is told of like through the router', async () => {
    const { routed, warm } = await readBothWays(`/v2/olga/hidden/blobs/${image.blobs[1]!.digest}`, 'HEAD');
    expect(warm).toMatchObject({ status: 200, text: '' });
    expect(seenOf(warm)).toEqual(seenOf(routed));
  });

  it('is read through its own repository only', async () => {
    const other = await buildHelloImage('only here');
    await pushImage(http, 'olga/hidden', other, 'two');
    const [config] = other.blobs;
    expect((await readBothWays(`/v2/olga/hidden/blobs/${config!.digest}`, 'HEAD')).warm.status).toBe(200);
    expect((await readBothWays(`/v2/olga/open/blobs/${config!.digest}`, 'HEAD')).warm.status).toBe(404);
  });
});
