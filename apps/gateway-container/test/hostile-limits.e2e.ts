import {
  buildArtifact,
  buildHelloImage,
  describeContent,
  digestOf,
  listContents,
  makeTemporaryFolder,
  mediaTypes,
  openUpload,
  pathOf,
  pullImage,
  pushImage,
  readLayout,
  removeTemporaryFolders,
  selectModes,
  selectPrograms,
  sendBlob,
  SkopeoClient,
  withDigest,
  writeLayout,
  type BuiltImage,
  type Descriptor,
  type OciAnswer,
  type OciHttp,
  type OciRequest,
} from '@packhouse/testing';
import { startRegistry, type ContainerRegistry, type TestAccount } from './support/registry-under-test';
import { freshBytes, getManifest, headBlob, openWith, putBlob } from './support/wire';

jest.setTimeout(120_000);

const octets = { 'content-type': 'application/octet-stream' };
const MEGABYTE = 1_000_000;
/** Of one address that has not signed in: enough for an image, which takes three. */
const REQUESTS = 10;
const WINDOW_SECONDS = 4;

/** The rows that are about how much one may send and see, and about which rights each route asks for. */
describe.each(selectModes())('limits of a registry of images (%s)', (mode) => {
  let registry: ContainerRegistry;
  let alice: TestAccount;
  let http: OciHttp;
  let image: BuiltImage;

  beforeAll(async () => {
    registry = await startRegistry(mode, {
      PACKHOUSE_CONTAINER_MAX_LAYER: '2000000',
      PACKHOUSE_CONTAINER_MAX_UPLOADS: '5',
      PACKHOUSE_GATEWAY_RATE_LIMIT_ADDRESS: String(REQUESTS),
      PACKHOUSE_GATEWAY_RATE_LIMIT_SECONDS: String(WINDOW_SECONDS),
    });
    alice = await registry.createUser('alice', ['acme', 'small']);
    http = registry.http(alice);
    image = await buildHelloImage('limits');
    await pushImage(http, 'acme/app', image, 'latest');
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  const tagsOf = async (as: OciHttp, name: string) =>
    (await as.send('GET', `/v2/${name}/tags/list`)).json<{ tags: string[] }>().tags;

  it('24: a layer that announces too much is refused at once, and the upload is gone', async () => {
    const location = await openUpload(http, 'acme/large');
    const answer = await http.send('PATCH', location, { headers: octets, body: Buffer.alloc(3 * MEGABYTE) });
    expect(answer.status).toBe(413);
    expect(answer.text).toMatch(/2 ?MB|2,?000,?000/);
    expect((await http.send('GET', location)).status).toBe(404);
  });

  it('24: a layer that only turns out to be too large is refused on its way', async () => {
    await http.prepare('acme/large');
    const location = await openUpload(http, 'acme/large');
    let sent = 0;
    async function* body() {
      for (; sent < 200 * MEGABYTE; sent += MEGABYTE) yield Buffer.alloc(MEGABYTE);
    }
    const status = await http.send('PATCH', location, { headers: octets, body: body() }).then(
      (answer) => answer.status,
      () => 413, // closed while the rest was being sent
    );
    expect(status).toBe(413);
    expect(sent).toBeLessThan(150 * MEGABYTE);
  });

  it('S23: one account opens only so many uploads to an image, and closing one makes room', async () => {
    const locations: string[] = [];
    let status = 202;
    for (let index = 0; index < 8 && status === 202; index += 1) {
      const answer = await http.send('POST', '/v2/acme/busy/blobs/uploads/');
      status = answer.status;
      if (status === 202) locations.push(pathOf(answer.headers.location));
    }
    expect([status, locations.length]).toEqual([429, 5]);
    const [first = ''] = locations;
    expect((await http.send('DELETE', first)).status).toBe(204);
    expect((await http.send('POST', '/v2/acme/busy/blobs/uploads/')).status).toBe(202);
  });

  for (const program of selectPrograms(['skopeo']))
    it(`59: ${program} waits as long as it is told to when it has too many uploads, and then goes on`, async () => {
      const locations = await Promise.all(Array.from({ length: 5 }, () => openUpload(http, 'acme/waiting')));
      const refused = await http.send('POST', '/v2/acme/waiting/blobs/uploads/');
      expect([refused.status, refused.codes]).toEqual([429, ['TOOMANYREQUESTS']]);
      const seconds = Number(refused.headers['retry-after']);
      expect(seconds).toBeGreaterThan(0);
      const skopeo = new SkopeoClient(registry);
      await skopeo.signIn(alice);
      const layout = writeLayout({ it: await buildHelloImage('waiting') });
      let isRefused = false;
      const onOutput = (output: string) => {
        if (isRefused || !/too many requests/i.test(output)) return;
        isRefused = true;
        for (const location of locations) void http.send('DELETE', location);
      };
      const copy = ['--debug', 'copy', ...skopeo.policy, '--dest-tls-verify=false', `oci:${layout}:it`];
      const started = Date.now();
      await skopeo.run([...copy, skopeo.at('acme/waiting', '1')], { onOutput });
      expect(isRefused).toBe(true);
      expect(Date.now() - started).toBeGreaterThan(seconds * 900);
      expect(await tagsOf(http, 'acme/waiting')).toEqual(['1']);
    });

  /** Two hundred pulls at once, with one token. */
  async function flood(who: OciHttp): Promise<OciAnswer[]> {
    const authorization = `Bearer ${await who.getToken('repository:acme/public:pull')}`;
    const pulls = Array.from({ length: 200 }, () =>
      who.send('GET', '/v2/acme/public/manifests/1', { authorization }),
    );
    return Promise.all(pulls);
  }

  describe('59: two hundred pulls at once from one address', () => {
    let hello: BuiltImage;
    const stranger = () => registry.http(null);

    beforeAll(async () => {
      hello = await buildHelloImage('for everybody');
      await pushImage(http, 'acme/public', hello, '1');
      await registry.makePublic(alice, 'acme/public');
    });

    it('are told when to come again, once they are more than it may make', async () => {
      const answers = await flood(stranger());
      const refused = answers.filter(({ status }) => status === 429);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
      for (const answer of refused) {
        expect(answer.codes).toEqual(['TOOMANYREQUESTS']);
        expect(answer.text).toMatch(/Too many requests of [\d.]+: more than 10 in 4 s\. Try again in \d s/);
        const seconds = Number(answer.headers['retry-after']);
        expect(seconds >= 1 && seconds <= WINDOW_SECONDS + 1).toBe(true);
      }
    });

    it('keep nobody from the ping, from a token, from what health checks ask, or from signing in', async () => {
      const authorization = `Bearer ${await stranger().getToken('repository:acme/public:pull')}`;
      for (let round = 0; round < 3; round += 1) {
        await flood(stranger());
        const statusOf = async (path: string, options: OciRequest = { authorization }) =>
          (await stranger().send('GET', path, options)).status;
        expect(await statusOf('/v2/')).toBe(200);
        expect(await statusOf('/v2/', { authorization: null })).toBe(401);
        expect(await statusOf('/v2/acme/public/manifests/1', { authorization: null })).toBe(401);
        expect((await stranger().fetchToken(['repository:acme/public:pull'])).status).toBe(200);
        for (const path of ['/health/live', '/health/ready'])
          expect((await fetch(`${registry.replicas[0]}${path}`)).status).toBe(200);
      }
      expect(new Set((await flood(http)).map(({ status }) => status))).toEqual(new Set([200]));
    });

    for (const program of selectPrograms(['skopeo']))
      it(`make ${program} wait, which then pulls the right image`, async () => {
        const folder = makeTemporaryFolder('waited');
        let waits = 0;
        // A pull may get through when a window has just begun: then there is another.
        for (let turn = 0; waits === 0 && turn < 20; turn += 1) {
          await flood(stranger());
          const skopeo = new SkopeoClient(registry);
          const args = ['--debug', 'copy', ...skopeo.policy, '--src-tls-verify=false'];
          const { output } = await skopeo.run([...args, skopeo.at('acme/public', '1'), `oci:${folder}:it`]);
          waits = output.match(/too many requests to .*: sleeping/gi)?.length ?? 0;
        }
        expect(waits).toBeGreaterThan(0);
        expect(readLayout(folder)).toEqual(new Set(listContents(hello).map(({ digest }) => digest)));
      });
  });

  it('S17: a huge count of tags or names is a page, and names are those that one may read', async () => {
    const tags = await http.send('GET', '/v2/acme/app/tags/list?n=999999999999');
    expect([tags.status, tags.json()]).toEqual([200, { name: 'acme/app', tags: ['latest'] }]);
    const mallory = registry.http(await registry.createUser('mallory'));
    await pushImage(mallory, 'mallory/own', await buildHelloImage('own'), '1');
    for (const who of [mallory, registry.http(null)]) {
      const catalog = await who.send('GET', '/v2/_catalog?n=999999999999');
      expect([200, 401, 403, 404, 405]).toContain(catalog.status);
      expect(catalog.text).not.toContain('acme/app');
    }
  });

  it('S18: each method of each route asks for its own right', async () => {
    const reader = registry.http(await registry.withScopes(alice, ['read:packages']));
    const writer = registry.http(await registry.withScopes(alice, ['read:packages', 'write:packages']));
    const [config] = image.blobs;
    const at = (path: string) => `/v2/acme/app/${path}`;
    const manifest = { headers: { 'content-type': mediaTypes.manifest }, body: image.manifest.bytes };
    const table: [OciHttp, string, string, object, boolean][] = [
      [reader, 'GET', at('manifests/latest'), {}, true],
      [reader, 'HEAD', at(`blobs/${config?.digest}`), {}, true],
      [reader, 'GET', at('tags/list'), {}, true],
      [reader, 'GET', at(`referrers/${image.manifest.digest}`), {}, true],
      [reader, 'POST', at('blobs/uploads/'), {}, false],
      [reader, 'PUT', at('manifests/latest'), manifest, false],
      [reader, 'PUT', at(`manifests/${image.manifest.digest}?tag=x`), manifest, false],
      [reader, 'DELETE', at('manifests/latest'), {}, false],
      [reader, 'DELETE', at(`blobs/${config?.digest}`), {}, false],
      [writer, 'PUT', at('manifests/latest'), manifest, true],
      [writer, 'DELETE', at('manifests/latest'), {}, false],
      [writer, 'DELETE', at(`manifests/${image.manifest.digest}`), {}, false],
      [writer, 'DELETE', at(`blobs/${config?.digest}`), {}, false],
    ];
    for (const [who, method, path, options, allowed] of table) {
      const { status } = await who.send(method, path, options);
      expect([method, path, allowed ? status < 300 : [401, 403].includes(status)]).toEqual([
        method,
        path,
        true,
      ]);
    }
    expect(await tagsOf(http, 'acme/app')).toEqual(['latest']);
  });

  it('S16: the token endpoint answers alike for what exists and what does not', async () => {
    const mallory = registry.http(await registry.createUser('mallet'));
    for (const who of [mallory, registry.http(null)]) {
      const answers = await Promise.all(
        ['acme/app', 'acme/nothing', 'nobody/x'].map((name) =>
          who.fetchToken([`repository:${name}:pull,push`]),
        ),
      );
      expect(new Set(answers.map(({ status }) => status)).size).toBe(1);
      expect(new Set(answers.map(({ text }) => Object.keys(JSON.parse(text) as object).join())).size).toBe(1);
    }
  });

  it('S19: a tag that looks like a list of signatures makes no signature', async () => {
    const forged = buildArtifact({ artifactType: 'application/x.forged' });
    await pushImage(http, 'acme/app', forged, image.manifest.digest.replace(':', '-'));
    const answer = await http.send('GET', `/v2/acme/app/referrers/${image.manifest.digest}`);
    expect(answer.json<{ manifests: Descriptor[] }>().manifests).toEqual([]);
    expect(
      (await getManifest(http, 'acme/app', image.manifest.digest)).body.equals(image.manifest.bytes),
    ).toBe(true);
  });

  it('S9: an index may not contain itself, nor a chain of indexes without end', async () => {
    let child: Descriptor = describeContent(image.manifest);
    let statuses: number[] = [];
    for (let depth = 0; depth < 40; depth += 1) {
      const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] });
      const { status } = await http.send('PUT', `/v2/acme/app/manifests/deep-${depth}`, {
        headers: { 'content-type': mediaTypes.index },
        body: text,
      });
      statuses = [...statuses, status];
      if (status !== 201) break;
      child = { mediaType: mediaTypes.index, digest: digestOf(Buffer.from(text)), size: text.length };
    }
    expect(statuses.slice(0, 3)).toEqual([201, 201, 201]);
    expect(statuses.every((status) => status === 201 || status === 400)).toBe(true);
    expect((await pullImage(http, 'acme/app', 'deep-2')).size).toBe(6);
  });

  it('S23: a body that never comes holds nobody up, and is not counted', async () => {
    const location = await openWith(http, 'acme/slow', freshBytes(10));
    const others = await Promise.all(Array.from({ length: 4 }, () => putBlob(http, 'acme/slow')));
    for (const { digest } of others) expect((await headBlob(http, 'acme/slow', digest)).status).toBe(200);
    expect((await http.send('GET', location)).headers.range).toBe('0-9');
    expect((await http.send('DELETE', location)).status).toBe(204);
  });

  it('S23: bytes count while they come, and many uploads at once do not pass the limit of their owner', async () => {
    const { api } = registry.platform!;
    await api.setStorageLimit('small', 1_500_000);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        sendBlob(http, `small/app-${index}`, freshBytes(400_000), 'stream'),
      ),
    );
    const stored = answers.filter(({ status }) => status === 201).length;
    const denied = answers.filter(({ status, codes }) => status === 403 && codes[0] === 'DENIED').length;
    expect(stored + denied).toBe(10);
    expect(stored).toBeGreaterThanOrEqual(1);
    expect(stored).toBeLessThanOrEqual(3);
    expect(await api.getStorage('small')).toEqual({ limit: 1_500_000, used: 0, reserved: stored * 400_000 });
  });

  it('S21: what an image says of itself is text', async () => {
    const text = '<script>alert(1)</script>';
    const annotated = await buildHelloImage('script', {
      annotations: {
        'org.opencontainers.image.description': text,
        'org.opencontainers.image.source': 'javascript:1',
      },
    });
    await pushImage(http, 'acme/script', annotated, '1');
    const answer = await fetch(`${registry.url}/api/v3/orgs/acme/packages/container/script`, {
      headers: { authorization: `Bearer ${alice.secret}` },
    });
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.text()).not.toContain('javascript:');
  });

  it('a refused manifest answers in the words of the protocol', async () => {
    const answer = await sendBlob(http, 'acme/app', freshBytes(), 'put', `sha256:${'0'.repeat(64)}`);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.json<{ errors: { message: string }[] }>().errors[0]?.message).toMatch(/[a-z]{3,}/);
    expect(
      (await http.send('PUT', withDigest('/v2/acme/app/blobs/uploads/none', digestOf(freshBytes())))).status,
    ).toBe(404);
  });
});
