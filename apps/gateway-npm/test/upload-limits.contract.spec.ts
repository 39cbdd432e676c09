import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { makeBundleAttachment, makePublish, makePublishDocument, makeTarball } from './builders';
import { expectRefusal, HttpRegistry, textOf, type Person } from './support/http-registry';

jest.setTimeout(120_000);

const limit = 100_000;
let registry: HttpRegistry;
let owner: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start({ PACKHOUSE_NPM_MAX_TARBALL: '100KB' });
  owner = await registry.createUser('owen', ['acme', 'small']);
});

afterAll(() => registry?.stop());
afterEach(() => registry.expectUnharmed());

/** A tarball of exactly this many bytes: gzip keeps a file name of any length, of no meaning, in its header. */
async function makeTarballOf(size: number, name = '@acme/sized'): Promise<Buffer> {
  const tarball = await makeTarball({
    name,
    files: { 'noise.bin': randomBytes(size - 2000) },
  });
  const padding = size - tarball.length - 1;
  const header = Buffer.from(tarball.subarray(0, 10));
  header[3] = 0x08;
  return Buffer.concat([header, Buffer.alloc(padding, 'x'), Buffer.from([0]), tarball.subarray(10)]);
}

const documentOf = (tarball: Buffer) =>
  makePublishDocument({ tarball, manifest: { name: '@acme/sized', version: '1.0.0' } });

it('refuses a tarball one byte above the limit and takes one of exactly the limit', async () => {
  const above = await makeTarballOf(limit + 1);
  expect(above.length).toBe(limit + 1);
  expectRefusal(await registry.put(owner, '@acme/sized', documentOf(above)), 413, /100 ?kB/i);
  expectRefusal(await registry.call('/@acme/sized', { token: owner.token }), 404);
  const exact = await makeTarballOf(limit);
  expect((await registry.put(owner, '@acme/sized', documentOf(exact))).status).toBe(201);
  const tarball = await registry.call('/@acme/sized/-/sized-1.0.0.tgz', { token: owner.token });
  expect(tarball.body.equals(exact)).toBe(true);
});

it('refuses a tarball for which the owner has no room, frees what came, and takes one that fits to the byte', async () => {
  const { api } = registry.platform;
  await api.setStorageLimit('small', 50_000);
  const publish = async (name: string, size: number) => {
    const manifest = { name: `@small/${name}`, version: '1.0.0' };
    const tarball = await makeTarballOf(size, manifest.name);
    return registry.put(owner, manifest.name, makePublishDocument({ tarball, manifest }));
  };
  expectRefusal(await publish('one', 50_001), 403, /may store 50 KB/);
  expect(registry.leftUploads()).toEqual([]);
  expect(await api.getStorage('small')).toEqual({ limit: 50_000, used: 0, reserved: 0 });
  expect((await publish('one', 30_000)).status).toBe(201);
  expectRefusal(await publish('two', 20_001), 403);
  expect((await publish('two', 20_000)).status).toBe(201);
  expect((await api.getStorage('small')).used).toBe(50_000);
  const removed = await registry.document('@small/one', owner);
  const path = `/@small%2fone/-rev/${textOf(removed['_rev']!)}`;
  expect((await registry.call(path, { method: 'DELETE', token: owner.token })).status).toBe(200);
  expect((await publish('three', 30_000)).status).toBe(201);
});

it('gives back what a refused version took', async () => {
  const { api } = registry.platform;
  await api.setStorageLimit('small', 200_000);
  const { used } = await api.getStorage('small');
  const manifest = { name: '@small/two', version: '1.0.0' };
  const other = await makeTarballOf(20_002, manifest.name);
  expectRefusal(
    await registry.put(owner, manifest.name, makePublishDocument({ tarball: other, manifest })),
    [403, 409],
    /publish over/,
  );
  expect(await api.getStorage('small')).toEqual({ limit: 200_000, used, reserved: 0 });
});

it.each(['keep-alive', 'close'])(
  'gives the refusal to a client (%s) that is still sending',
  async (connection) => {
    const { hostname, port } = new URL(registry.url);
    const { document } = await makePublish({
      name: '@acme/large',
      files: { 'noise.bin': randomBytes(30_000_000) },
    });
    const text = Buffer.from(JSON.stringify(document));
    const step = 256 * 1024;
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      let sent = 0;
      const upload = request(
        {
          hostname,
          port,
          path: '/_registry/npm/@acme%2flarge',
          method: 'PUT',
          headers: {
            authorization: `Bearer ${owner.token}`,
            'content-type': 'application/json',
            'content-length': text.length,
            connection,
          },
        },
        (response) => {
          let said = '';
          response.setEncoding('utf8').on('data', (part: string) => (said += part));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: said }));
        },
      );
      upload.on('error', reject);
      const next = (): void => {
        if (sent >= text.length) return void upload.end();
        const more = upload.write(text.subarray(sent, sent + step));
        sent += step;
        if (more) setImmediate(next);
        else upload.once('drain', next);
      };
      next();
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'E_PAYLOAD_TOO_LARGE' });
  },
);

it('gives every early refusal to a client that sends its whole body first', async () => {
  const { document } = await makePublish({ name: '@acme/large', files: { 'x.bin': randomBytes(60_000) } });
  const body = { padding: 'x'.repeat(20_000_000), ...document };
  expectRefusal(await registry.call('/@acme%2flarge', { method: 'PUT', body }), 401);
  const stranger = await registry.createUser('stan');
  expectRefusal(await registry.put(stranger, '@acme/large', body), 403);
  expectRefusal(await registry.call('/unscoped', { method: 'PUT', token: owner.token, body }), 400, /@owner/);
  expectRefusal(
    await registry.call('/@acme/large/-rev/1-x', { method: 'PUT', token: owner.token, body }),
    404,
  );
});

it('refuses a provenance bundle above its limit', async () => {
  const { tarball, document } = await makePublish({ name: '@acme/proof' });
  const attachment = makeBundleAttachment({ name: '@acme/proof', version: '1.0.0', tarball });
  const [bundle] = Object.values(attachment) as { data: string; length: number }[];
  bundle!.data += ' '.repeat(400_000);
  bundle!.length = bundle!.data.length;
  Object.assign(document['_attachments'] as object, attachment);
  expectRefusal(await registry.put(owner, '@acme/proof', document), 422, /bundle is larger/);
});
