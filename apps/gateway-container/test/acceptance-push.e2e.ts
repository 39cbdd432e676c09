import { createHash } from 'node:crypto';
import {
  digestOf,
  openUpload,
  pathOf,
  pullImage,
  buildHelloImage,
  pushImage,
  removeTemporaryFolders,
  sendBlob,
  uploadStyles,
  withDigest,
  measureMemory,
  OciHttp,
} from '@packhouse/testing';
import {
  selectTargets,
  startRegistry,
  type ContainerRegistry,
  type TestAccount,
} from './support/registry-under-test';
import {
  freshBytes,
  getManifest,
  headBlob,
  manifestOf,
  openWith,
  putBlob,
  sendAndCut,
  statusOf,
} from './support/wire';

jest.setTimeout(120_000);

const octets = { 'content-type': 'application/octet-stream' };

/** Rows of the acceptance table that are about sending blobs, by their numbers. */
describe.each(selectTargets())('pushing blobs to the %s registry', (target) => {
  const isProduct = target !== 'docker-registry';
  let registry: ContainerRegistry;
  let alice: TestAccount;
  let http: OciHttp;

  beforeAll(async () => {
    registry = await startRegistry(target);
    alice = await registry.createUser('alice', ['acme']);
    http = registry.http(alice);
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  it.each(uploadStyles)(
    '3, 4: a blob sent in the style %s is there at once, byte for byte',
    async (style) => {
      const bytes = freshBytes(100_000);
      const digest = digestOf(bytes);
      expect((await headBlob(http, 'acme/styles', digest)).status).toBe(404);
      const answer = await sendBlob(http, 'acme/styles', bytes, style);
      expect(answer.status).toBe(201);
      expect(answer.headers).toMatchObject({ 'docker-content-digest': digest, 'content-length': '0' });
      const head = await headBlob(http, 'acme/styles', digest);
      expect(head.status).toBe(200);
      expect(head.headers).toMatchObject({ 'content-length': '100000', 'docker-content-digest': digest });
      const read = await http.send('GET', pathOf(answer.headers.location));
      expect(read.body.equals(bytes)).toBe(true);
      expect(read.headers['content-type']).toBe('application/octet-stream');
    },
  );

  it('4: tells after each PATCH how far the upload is, and never less than nothing', async () => {
    const opened = await http.send('POST', '/v2/acme/ranges/blobs/uploads/');
    expect(opened.status).toBe(202);
    expect(opened.headers).toMatchObject({ range: '0-0', 'content-length': '0' });
    expect(opened.headers['docker-upload-uuid']).toBeTruthy();
    const patched = await http.send('PATCH', pathOf(opened.headers.location), {
      headers: octets,
      body: freshBytes(1000),
    });
    expect(patched.status).toBe(202);
    expect(patched.headers).toMatchObject({ range: '0-999', 'content-length': '0' });
    expect(patched.headers['docker-upload-uuid']).toBe(opened.headers['docker-upload-uuid']);
  });

  it('19: two clients that send the same bytes at once both succeed', async () => {
    const bytes = freshBytes(500_000);
    const both = await Promise.all(
      ['put', 'patch'].map((style) => sendBlob(http, 'acme/both', bytes, style as 'put')),
    );
    expect(both.map(({ status }) => status)).toEqual([201, 201]);
    expect((await headBlob(http, 'acme/both', digestOf(bytes))).status).toBe(200);
  });

  it.each(uploadStyles)(
    '22: in the style %s a wrong digest is refused and nothing is kept',
    async (style) => {
      const bytes = freshBytes(1000);
      const wrong = digestOf(freshBytes(1000));
      const answer = await sendBlob(http, 'acme/wrong', bytes, style, wrong);
      expect([answer.status, answer.codes]).toEqual([400, ['DIGEST_INVALID']]);
      for (const digest of [wrong, digestOf(bytes)])
        expect((await headBlob(http, 'acme/wrong', digest)).status).toBe(404);
    },
  );

  it.each([
    '',
    'sha256:short',
    `sha256:${'A'.repeat(64)}`,
    `md5:${'0'.repeat(32)}`,
    `sha512:${'0'.repeat(64)}`,
  ])('22: the digest "%s" is refused', async (digest) => {
    const location = await openUpload(http, 'acme/wrong');
    const path = digest === '' ? location : withDigest(location, digest);
    const answer = await http.send('PUT', path, { headers: octets, body: freshBytes() });
    expect([answer.status, answer.codes]).toEqual([400, ['DIGEST_INVALID']]);
  });

  it.each(uploadStyles)('48: empty blobs and "{}" arrive in the style %s', async (style) => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('{}')]) {
      expect((await sendBlob(http, 'acme/tiny', bytes, style)).status).toBe(201);
      const read = await http.send('GET', `/v2/acme/tiny/blobs/${digestOf(bytes)}`);
      expect([read.status, read.body.toString()]).toEqual([200, bytes.toString()]);
    }
  });

  if (!isProduct) return;

  it('20: an upload whose connection was cut goes on where the registry says', async () => {
    const bytes = freshBytes(2_000_000);
    const opened = await openUpload(http, 'acme/cut');
    await sendAndCut(http, 'acme/cut', opened, bytes, 1_000_000);
    let { status, end, location } = await statusOf(http, opened);
    for (let tries = 0; status !== 204 && tries < 20; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      ({ status, end, location } = await statusOf(http, opened));
    }
    expect(status).toBe(204);
    expect(end).toBeLessThan(1_000_000);
    const from = end === 0 ? 0 : end + 1;
    const headers = { ...octets, 'content-range': `${from}-${bytes.length - 1}` };
    const patched = await http.send('PATCH', location, { headers, body: bytes.subarray(from) });
    expect(patched.status).toBe(202);
    const closing = withDigest(pathOf(patched.headers.location), digestOf(bytes));
    expect((await http.send('PUT', closing)).status).toBe(201);
    expect((await http.send('GET', `/v2/acme/cut/blobs/${digestOf(bytes)}`)).body.equals(bytes)).toBe(true);
  });

  it('21: a gap or an overlap is refused with 416 and leaves the upload as it was', async () => {
    const bytes = freshBytes(300);
    let location = await openWith(http, 'acme/gaps', bytes.subarray(0, 100));
    for (const [first, last] of [
      [50, 149],
      [150, 249],
      [0, 99],
    ] as const) {
      const headers = { ...octets, 'content-range': `${first}-${last}` };
      const refused = await http.send('PATCH', location, { headers, body: bytes.subarray(first, last + 1) });
      expect([refused.status, refused.headers.range]).toEqual([416, '0-99']);
      location = pathOf(refused.headers.location);
    }
    const gap = { ...octets, 'content-range': '200-299' };
    const closing = withDigest(location, digestOf(bytes));
    expect((await http.send('PUT', closing, { headers: gap, body: bytes.subarray(200) })).status).toBe(416);
    expect(await statusOf(http, location)).toMatchObject({ status: 204, end: 99 });
    const rest = { ...octets, 'content-range': '100-299' };
    expect((await http.send('PUT', closing, { headers: rest, body: bytes.subarray(100) })).status).toBe(201);
  });

  it('21: a range that does not say how many bytes follow is refused', async () => {
    const location = await openWith(http, 'acme/gaps', freshBytes(100));
    const headers = { ...octets, 'content-range': '100-199' };
    const answer = await http.send('PATCH', location, { headers, body: freshBytes(50) });
    expect([answer.status, answer.codes]).toEqual([400, ['SIZE_INVALID']]);
    expect(await statusOf(http, location)).toMatchObject({ status: 204, end: 99 });
  });

  it('22: a missing digest leaves the upload open', async () => {
    const bytes = freshBytes(100);
    const location = await openWith(http, 'acme/kept', bytes);
    expect((await http.send('PUT', location)).status).toBe(400);
    expect((await http.send('PUT', withDigest(location, digestOf(bytes)))).status).toBe(201);
  });

  it('23: a layer of half a gigabyte passes without growing the process by its size', async () => {
    const piece = freshBytes(1 << 20);
    async function* stream() {
      for (let index = 0; index < 512; index += 1) yield piece;
    }
    const hash = createHash('sha256');
    for await (const bytes of stream()) hash.update(bytes);
    const digest = `sha256:${hash.digest('hex')}`;
    const before = measureMemory(registry.platform?.pid ?? 0);
    let peak = before;
    const timer = setInterval(() => (peak = Math.max(peak, measureMemory(registry.platform?.pid ?? 0))), 200);
    await http.prepare('acme/large');
    const location = await openUpload(http, 'acme/large');
    const patched = await http.send('PATCH', location, { headers: octets, body: stream() });
    const closed = await http.send('PUT', withDigest(pathOf(patched.headers.location), digest));
    clearInterval(timer);
    expect([patched.status, patched.headers.range, closed.status]).toEqual([
      202,
      `0-${(512 << 20) - 1}`,
      201,
    ]);
    // a whole system with its database and, distributed, an object store in memory: bounded, not small
    if (target === 'embedded') expect((peak - before) / 1e6).toBeLessThan(200);
    expect((await headBlob(http, 'acme/large', digest)).headers['content-length']).toBe(String(512 << 20));
  });

  it('47: blobs and manifests are kept and found by SHA-512 too', async () => {
    const layer = freshBytes(1000);
    const digest = digestOf(layer, 'sha512');
    for (const style of uploadStyles) {
      const bytes = freshBytes(1000);
      expect((await sendBlob(http, 'acme/sha512', bytes, style, digestOf(bytes, 'sha512'))).status).toBe(201);
    }
    const announced = await openUpload(http, 'acme/sha512', '?digest-algorithm=sha512');
    const closed = await http.send('PUT', withDigest(announced, digest), { headers: octets, body: layer });
    expect([closed.status, closed.headers['docker-content-digest']]).toEqual([201, digest]);
    const config = await putBlob(http, 'acme/sha512', Buffer.from('{}'));
    const manifest = manifestOf(config, [{ bytes: layer, digest, mediaType: '' }]);
    const address = digestOf(manifest.bytes, 'sha512');
    const put = await http.send('PUT', `/v2/acme/sha512/manifests/${address}?tag=a&tag=b`, {
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
    });
    expect([put.status, put.headers['docker-content-digest']]).toEqual([201, address]);
    expect(String(put.headers['oci-tag']).split(/, */).sort()).toEqual(['a', 'b']);
    for (const reference of [address, manifest.digest, 'a', 'b'])
      expect((await getManifest(http, 'acme/sha512', reference)).body.equals(manifest.bytes)).toBe(true);
    const unknown = await http.send('POST', '/v2/acme/sha512/blobs/uploads/?digest-algorithm=md5');
    expect(unknown.status).toBe(400);
  });

  it('53: an upload belongs to one image and one account, and ends once', async () => {
    const bytes = freshBytes(100);
    const carol = registry.http(await registry.createUser('carol'));
    const elsewhere = (location: string) => location.replace('/v2/acme/owned/', '/v2/acme/other/');
    const location = await openWith(http, 'acme/owned', bytes);
    expect((await http.send('GET', elsewhere(location))).status).toBe(404);
    expect((await http.send('PATCH', elsewhere(location), { headers: octets, body: bytes })).status).toBe(
      404,
    );
    expect([401, 404]).toContain((await carol.send('GET', location)).status);
    await openUpload(carol, 'carol/own');
    const stolen = location.replace('/v2/acme/owned/', '/v2/carol/own/');
    expect((await carol.send('PUT', withDigest(stolen, digestOf(bytes)))).status).toBe(404);
    const closing = withDigest(location, digestOf(bytes));
    expect((await http.send('PUT', closing)).status).toBe(201);
    expect((await http.send('PUT', closing)).status).toBe(201);
    expect((await http.send('GET', location)).status).toBe(404);
    expect((await http.send('PUT', withDigest(location, digestOf(freshBytes())))).status).toBe(404);
    const cancelled = await openWith(http, 'acme/owned', bytes);
    expect((await http.send('DELETE', cancelled)).status).toBe(204);
    expect((await http.send('PATCH', cancelled, { headers: octets, body: bytes })).status).toBe(404);
  });

  it('57: what one replica took the others go on with and serve at once', async () => {
    const [first = '', last = first] = [registry.replicas[0], registry.replicas.at(-1)];
    const [one, other] = [new OciHttp(first, alice), new OciHttp(last, alice)];
    const bytes = freshBytes(200_000);
    const location = await openWith(one, 'acme/replicas', bytes.subarray(0, 100_000));
    const headers = { ...octets, 'content-range': '100000-199999' };
    const patched = await other.send('PATCH', location, { headers, body: bytes.subarray(100_000) });
    expect(patched.status).toBe(202);
    expect(
      (await one.send('PUT', withDigest(pathOf(patched.headers.location), digestOf(bytes)))).status,
    ).toBe(201);
    expect((await headBlob(other, 'acme/replicas', digestOf(bytes))).status).toBe(200);
    const image = await buildHelloImage('replicas');
    await pushImage(one, 'acme/replicas', image, 'latest');
    expect((await pullImage(other, 'acme/replicas', 'latest')).size).toBe(3);
  });
});
