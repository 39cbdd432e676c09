import {
  buildHelloImage,
  digestOf,
  openUpload,
  PlatformApi,
  pushImage,
  sendBlob,
  sendManifest,
  uploadStyles,
  withDigest,
  type BuiltImage,
  type OciHttp,
} from '@packhouse/testing';
import { startRegistry, type ContainerRegistry, type TestAccount } from './support/registry-under-test';
import { headBlob, putBlob } from './support/wire';

jest.setTimeout(120_000);

let registry: ContainerRegistry;
let olga: TestAccount;
let http: OciHttp;
let stranger: OciHttp;
let image: BuiltImage;
let count = 0;
const freshName = (): string => `olga/app-${(count += 1)}`;

beforeAll(async () => {
  registry = await startRegistry('embedded');
  olga = await registry.createUser('olga', ['acme']);
  http = registry.http(olga);
  stranger = registry.http(await registry.createUser('sam'));
  image = await buildHelloImage('hello', { layers: 3 });
});
afterAll(() => registry?.stop());

describe('a blob', () => {
  it.each(uploadStyles)('arrives by %s, empty and small ones too, of both digests', async (style) => {
    const name = freshName();
    for (const bytes of [
      Buffer.from(''),
      Buffer.from('{}'),
      Buffer.from(`some bytes by ${style}`.repeat(5000)),
    ]) {
      for (const digest of [digestOf(bytes), digestOf(bytes, 'sha512')]) {
        const answer = await sendBlob(http, name, bytes, style, digest);
        expect(answer.status).toBe(201);
        expect(answer.headers).toMatchObject({
          location: `/v2/${name}/blobs/${digest}`,
          'docker-content-digest': digest,
          'content-length': '0',
        });
        const head = await http.send('HEAD', `/v2/${name}/blobs/${digest}`);
        expect(head.status).toBe(200);
        expect(head.headers).toMatchObject({
          'content-length': String(bytes.length),
          'docker-content-digest': digest,
        });
        const got = await http.send('GET', `/v2/${name}/blobs/${digest}`);
        expect(got.body.equals(bytes)).toBe(true);
        expect(got.headers).toMatchObject({
          'accept-ranges': 'bytes',
          'content-type': 'application/octet-stream',
          etag: `"${digest}"`,
        });
      }
    }
  });

  it.each(uploadStyles)('of another digest is refused by %s, and nothing of it stays', async (style) => {
    const name = freshName();
    const wrong = digestOf(Buffer.from('other bytes'));
    expect(await sendBlob(http, name, Buffer.from(`bytes by ${style}`), style, wrong)).toMatchObject({
      status: 400,
      codes: ['DIGEST_INVALID'],
    });
    expect((await http.send('HEAD', `/v2/${name}/blobs/${wrong}`)).status).toBe(404);
  });

  it('is read in parts', async () => {
    const name = freshName();
    const bytes = Buffer.from('0123456789');
    const digest = digestOf(bytes);
    await sendBlob(http, name, bytes);
    const part = (range: string) => http.send('GET', `/v2/${name}/blobs/${digest}`, { headers: { range } });
    expect(await part('bytes=2-4')).toMatchObject({ status: 206, text: '234' });
    expect((await part('bytes=7-')).headers['content-range']).toBe('bytes 7-9/10');
    expect(await part('bytes=-3')).toMatchObject({ status: 206, text: '789' });
    expect(await part('bytes=8-99')).toMatchObject({ status: 206, text: '89' });
    expect(await part('bytes=0-1,4-5')).toMatchObject({ status: 200, text: '0123456789' });
    for (const range of ['bytes=10-', 'bytes=5-2', 'bytes=99-100'])
      expect(await part(range)).toMatchObject({ status: 416, codes: ['RANGE_INVALID'] });
  });

  it('is deleted only where no manifest has it', async () => {
    const name = freshName();
    await pushImage(http, name, image, 'one');
    const loose = Buffer.from(`loose ${name}`);
    await sendBlob(http, name, loose);
    const used = await http.send('DELETE', `/v2/${name}/blobs/${image.blobs[0]!.digest}`);
    expect(used).toMatchObject({ status: 405, codes: ['UNSUPPORTED'] });
    expect(used.text).toContain(image.manifest.digest);
    const path = `/v2/${name}/blobs/${digestOf(loose)}`;
    expect((await http.send('DELETE', path)).status).toBe(202);
    expect((await http.send('HEAD', path)).status).toBe(404);
    expect(await http.send('DELETE', path)).toMatchObject({ status: 404, codes: ['BLOB_UNKNOWN'] });
  });

  it('is deleted also where no image came to be', async () => {
    const name = freshName();
    const bytes = Buffer.from(`alone ${name}`);
    await sendBlob(http, name, bytes);
    expect((await http.send('DELETE', `/v2/${name}/blobs/${digestOf(bytes)}`)).status).toBe(202);
    expect((await http.send('HEAD', `/v2/${name}/blobs/${digestOf(bytes)}`)).status).toBe(404);
    expect((await stranger.send('DELETE', `/v2/${name}/blobs/${digestOf(bytes)}`)).status).toBe(401);
  });
});

describe('an upload', () => {
  const patch = (location: string, body: string, range?: string) =>
    http.send('PATCH', location, { body, headers: range === undefined ? {} : { 'content-range': range } });

  it('says how far it has come, and takes nothing out of order', async () => {
    const name = freshName();
    const location = await openUpload(http, name);
    expect(location).toMatch(new RegExp(`^/v2/${name}/blobs/uploads/[0-9a-f-]{36}$`));
    expect((await http.send('GET', location)).headers).toMatchObject({ range: '0-0', location });
    const first = await patch(location, '0123456789', '0-9');
    expect(first).toMatchObject({ status: 202 });
    expect(first.headers).toMatchObject({
      range: '0-9',
      location,
      'docker-upload-uuid': location.split('/').at(-1),
    });
    for (const range of ['5-14', '20-29']) {
      const refused = await patch(location, 'abcdefghij', range);
      expect(refused).toMatchObject({ status: 416, codes: ['RANGE_INVALID'] });
      expect(refused.headers).toMatchObject({ range: '0-9', location });
      const closing = await http.send('PUT', withDigest(location, digestOf(Buffer.from('x'))), {
        body: 'abcdefghij',
        headers: { 'content-range': range },
      });
      expect(closing.status).toBe(416);
    }
    expect(await patch(location, 'abc', '10-19')).toMatchObject({ status: 400, codes: ['SIZE_INVALID'] });
    const status = await http.send('GET', location);
    expect(status).toMatchObject({ status: 204, text: '' });
    expect(status.headers.range).toBe('0-9');
    expect(await http.send('PUT', location)).toMatchObject({ status: 400, codes: ['DIGEST_INVALID'] });
    const digest = digestOf(Buffer.from('0123456789end'));
    const closed = await http.send('PUT', withDigest(location, digest), {
      body: 'end',
      headers: { 'content-range': '10-12' },
    });
    expect(closed.status).toBe(201);
    // The client may not have heard of it.
    expect((await http.send('PUT', withDigest(location, digest))).status).toBe(201);
    expect((await http.send('GET', location)).status).toBe(404);
  });

  it('belongs to its repository and to who began it', async () => {
    const name = freshName();
    const location = await openUpload(http, name);
    const elsewhere = location.replace(name, freshName());
    for (const method of ['GET', 'PATCH', 'DELETE'])
      expect(await http.send(method, elsewhere)).toMatchObject({
        status: 404,
        codes: ['BLOB_UPLOAD_UNKNOWN'],
      });
    expect(await http.send('PUT', withDigest(elsewhere, digestOf(Buffer.from(name))))).toMatchObject({
      status: 404,
    });
    expect((await stranger.send('GET', location)).status).toBe(401);
    expect((await http.send('DELETE', location)).status).toBe(204);
    expect((await http.send('DELETE', location)).status).toBe(404);
    for (const id of ['not-an-id', '%2e%2e', '..', '..%2F..%2Fetc'])
      expect((await http.send('GET', `/v2/${name}/blobs/uploads/${id}`)).status).toBe(404);
  });

  it('refuses an algorithm that is not known before anything is sent', async () => {
    const path = `/v2/${freshName()}/blobs/uploads/?digest-algorithm=`;
    expect(await http.send('POST', `${path}md5`)).toMatchObject({ status: 400, codes: ['DIGEST_INVALID'] });
    expect((await http.send('POST', `${path}sha512`)).status).toBe(202);
  });

  it('may begin with a JSON type and no body, as crane sends it', async () => {
    const answer = await http.send('POST', `/v2/${freshName()}/blobs/uploads/`, {
      headers: { 'content-type': 'application/json', 'content-length': 0 },
    });
    expect(answer.status).toBe(202);
  });
});

describe('a mount', () => {
  it('takes over what the caller may read, and nothing else', async () => {
    const [from, to] = [freshName(), freshName()];
    await pushImage(http, from, image, 'one');
    const [blob] = image.blobs;
    const mount = (name: string, source: string | null, who = http) =>
      who.send(
        'POST',
        `/v2/${name}/blobs/uploads/?mount=${blob!.digest}${source === null ? '' : `&from=${source}`}`,
      );
    expect((await mount(to, null)).status).toBe(202);
    expect((await mount(to, 'olga/nothing')).status).toBe(202);
    expect((await mount(to, 'Not%2FA..Name')).status).toBe(202);
    const mounted = await mount(to, from);
    expect(mounted.status).toBe(201);
    expect(mounted.headers).toMatchObject({
      location: `/v2/${to}/blobs/${blob!.digest}`,
      'docker-content-digest': blob!.digest,
    });
    expect((await http.send('HEAD', `/v2/${to}/blobs/${blob!.digest}`)).status).toBe(200);
    expect((await mount('sam/app', from, stranger)).status).toBe(202);
    expect((await stranger.send('HEAD', `/v2/sam/app/blobs/${blob!.digest}`)).status).toBe(404);
  });

  it('asks for the right to the source once, in one challenge', async () => {
    const [from, to] = [freshName(), freshName()];
    await pushImage(http, from, image, 'one');
    const token = await http.getToken(`repository:${to}:pull,push`);
    const path = `/v2/${to}/blobs/uploads/?mount=${image.blobs[0]!.digest}&from=${from}`;
    const refused = await http.send('POST', path, { authorization: `Bearer ${token}` });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toContain(
      `scope="repository:${to}:pull,push repository:${from}:pull"`,
    );
    const vain = await stranger.getToken('repository:sam/app:pull,push', `repository:${from}:pull`);
    const foreign = path.replace(to, 'sam/app');
    expect((await stranger.send('POST', foreign, { authorization: `Bearer ${vain}` })).status).toBe(202);
  });
});

describe('an owner with a limit of storage', () => {
  let owner: string;
  let name: string;
  const platform = () => registry.platform!;
  const limit = (bytes: number | null) => platform().api.setStorageLimit(owner, bytes);
  const storage = () => platform().api.getStorage(owner);
  const denied = { status: 403, codes: ['DENIED'] };

  beforeEach(async () => {
    owner = `org-${(count += 1)}`;
    name = `${owner}/app`;
    await PlatformApi.withPassword(registry.url, olga.login, olga.password).createOrganization(owner);
  });

  it.each(uploadStyles)('gets no more by %s than fits, and nothing of the rest stays', async (style) => {
    await limit(50_000);
    const before = await platform().listStored();
    const bytes = Buffer.from(`${name} `.repeat(6000)).subarray(0, 50_001);
    const answer = await sendBlob(http, name, bytes, style);
    expect(answer).toMatchObject(denied);
    expect(answer.text).toMatch(/may store 50 KB; .*Delete versions/);
    expect((await headBlob(http, name, digestOf(bytes))).status).toBe(404);
    expect(await platform().listStored()).toEqual(before);
    expect(await storage()).toEqual({ limit: 50_000, used: 0, reserved: 0 });
    const fitting = bytes.subarray(0, 50_000);
    expect((await sendBlob(http, name, fitting, style)).status).toBe(201);
    expect(await storage()).toEqual({ limit: 50_000, used: 0, reserved: 50_000 });
  });

  it('is refused in the middle of a stream, which is over then', async () => {
    await limit(5_000_000);
    const before = await platform().listStored();
    await http.prepare(name);
    const location = await openUpload(http, name);
    let sent = 0;
    async function* body() {
      for (; sent < 400_000_000; sent += 100_000) yield Buffer.alloc(100_000, sent);
    }
    const answer = await http.send('PATCH', location, { body: body() });
    expect(answer).toMatchObject(denied);
    expect(sent).toBeGreaterThan(4_900_000);
    expect(sent).toBeLessThan(400_000_000);
    expect((await http.send('GET', location)).status).toBe(404);
    expect(await platform().listStored()).toEqual(before);
    expect((await storage()).reserved).toBe(0);
  });

  it('gives back what a cancelled upload took', async () => {
    await limit(1000);
    const location = await openUpload(http, name);
    expect((await http.send('PATCH', location, { body: Buffer.alloc(900) })).status).toBe(202);
    expect((await storage()).reserved).toBe(900);
    expect(await sendBlob(http, name, Buffer.alloc(101))).toMatchObject(denied);
    expect((await http.send('DELETE', location)).status).toBe(204);
    expect((await sendBlob(http, name, Buffer.alloc(101))).status).toBe(201);
  });

  it('pushes what it has again when it is full, also to a sister image, and nothing else', async () => {
    await pushImage(http, name, image, 'one');
    const { used } = await storage();
    await limit(used);
    await pushImage(http, name, image, 'one');
    await pushImage(http, name, image, 'two');
    for (const { digest } of image.blobs) {
      const path = `/v2/${owner}/sister/blobs/uploads/?mount=${digest}&from=${name}`;
      expect((await http.send('POST', path)).status).toBe(201);
    }
    expect((await sendManifest(http, `${owner}/sister`, image.manifest, 'one')).status).toBe(201);
    expect(await storage()).toMatchObject({ used, limit: used });
    expect(await sendBlob(http, name, Buffer.from('x'))).toMatchObject(denied);
  });

  it('mounts nothing for which it has no room', async () => {
    const source = freshName();
    const { digest } = await putBlob(http, source, Buffer.alloc(2000, source));
    const path = `/v2/${name}/blobs/uploads/?mount=${digest}&from=${source}`;
    await limit(1999);
    expect(await http.send('POST', path)).toMatchObject(denied);
    expect((await headBlob(http, name, digest)).status).toBe(404);
    await limit(2000);
    expect((await http.send('POST', path)).status).toBe(201);
    expect((await storage()).reserved).toBe(2000);
  });

  it('gets no image whose content was there before the limit, and does not fit', async () => {
    for (const { bytes } of image.blobs) await putBlob(http, name, bytes);
    await limit(image.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(await sendManifest(http, name, image.manifest, 'one')).toMatchObject(denied);
    expect(await storage()).toMatchObject({ used: 0, reserved: 0 });
    await limit(null);
    expect((await sendManifest(http, name, image.manifest, 'one')).status).toBe(201);
  });

  it('may always delete, and has room for another image then', async () => {
    await pushImage(http, name, image, 'one');
    const other = await buildHelloImage('other', { layers: 3 });
    const { used } = await storage();
    await limit(used + 10);
    await expect(pushImage(http, name, other, 'two')).rejects.toThrow(/HTTP 403 .*DENIED/);
    expect((await http.send('DELETE', `/v2/${name}/manifests/${image.manifest.digest}`)).status).toBe(202);
    await pushImage(http, name, other, 'two');
    expect((await storage()).used).toBeLessThanOrEqual(used + 10);
  });
});
