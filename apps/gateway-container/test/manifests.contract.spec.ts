import {
  buildHelloImage,
  buildIndex,
  buildArtifact,
  describeContent,
  digestOf,
  makeContent,
  makeDocument,
  mediaTypes,
  pullImage,
  pushImage,
  sendBlob,
  sendManifest,
  type BuiltImage,
  type OciHttp,
} from '@packhouse/testing';
import { startRegistry, type ContainerRegistry } from './support/registry-under-test';

jest.setTimeout(120_000);

let registry: ContainerRegistry;
let http: OciHttp;
let stranger: OciHttp;
let image: BuiltImage;
let count = 0;
const freshName = (): string => `olga/app-${(count += 1)}`;

beforeAll(async () => {
  registry = await startRegistry('embedded');
  http = registry.http(await registry.createUser('olga', ['acme']));
  stranger = registry.http(await registry.createUser('sam'));
  image = await buildHelloImage('hello', { layers: 3 });
});
afterAll(() => registry?.stop());

describe('the root', () => {
  it.each(['/v2/', '/v2'])('%s asks for a token, and is content with any', async (path) => {
    const refused = await http.send('GET', path, { authorization: null });
    expect(refused).toMatchObject({ status: 401, codes: ['UNAUTHORIZED'] });
    expect(refused.headers['www-authenticate']).toMatch(
      /^Bearer realm="http:\/\/[^"]+\/v2\/token",service="[^"]+"$/,
    );
    const answer = await http.send('GET', path);
    expect(answer).toMatchObject({ status: 200, text: '{}' });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'docker-distribution-api-version': 'registry/2.0',
    });
  });
});

describe('an image', () => {
  it('comes back as it was pushed, by tag and by digest, with equal headers for HEAD', async () => {
    const name = freshName();
    const pushed = await pushImage(http, name, image, 'one');
    const { digest, bytes, mediaType } = image.manifest;
    expect(pushed.headers).toMatchObject({
      location: `/v2/${name}/manifests/${digest}`,
      'docker-content-digest': digest,
    });
    expect(await pullImage(http, name, 'one')).toContain(digest);
    for (const reference of ['one', digest]) {
      const got = await http.send('GET', `/v2/${name}/manifests/${reference}`);
      const head = await http.send('HEAD', `/v2/${name}/manifests/${reference}`);
      expect(got.body.equals(bytes)).toBe(true);
      expect(head).toMatchObject({ status: 200, text: '' });
      const shown = {
        'content-type': mediaType,
        'content-length': String(bytes.length),
        'docker-content-digest': digest,
        etag: `"${digest}"`,
      };
      expect(got.headers).toMatchObject(shown);
      expect(head.headers).toMatchObject(shown);
      for (const etag of [`"${digest}"`, digest]) {
        const same = await http.send('GET', `/v2/${name}/manifests/${reference}`, {
          headers: { 'if-none-match': etag },
        });
        expect(same).toMatchObject({ status: 304, text: '' });
      }
    }
  });

  it.each([undefined, '*/*', 'application/json', mediaTypes.dockerManifest])(
    'is served as it is stored to who accepts %s',
    async (accept) => {
      const name = freshName();
      await pushImage(http, name, image, 'one');
      const headers: Record<string, string> = accept === undefined ? {} : { accept };
      const answer = await http.send('GET', `/v2/${name}/manifests/one`, { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(mediaTypes.manifest);
    },
  );

  it('is private, and hidden from others as if it were not there', async () => {
    const name = freshName();
    await pushImage(http, name, image, 'one');
    for (const other of [stranger, registry.http(null)]) {
      for (const path of [
        'manifests/one',
        `blobs/${image.blobs[0]!.digest}`,
        'tags/list',
        `referrers/${image.manifest.digest}`,
      ]) {
        const hidden = await other.send('GET', `/v2/${name}/${path}`);
        const absent = await other.send('GET', `/v2/${name}-not/${path}`);
        expect(hidden).toMatchObject({ status: 401, codes: ['UNAUTHORIZED'] });
        expect(absent.text.replaceAll(`${name}-not`, name).replaceAll('-not', '')).toBe(hidden.text);
      }
    }
  });
});

describe('a manifest', () => {
  it('names what is missing, each digest', async () => {
    const name = freshName();
    const answer = await sendManifest(http, name, image.manifest, 'one');
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.codes).toEqual(image.blobs.map(() => 'MANIFEST_BLOB_UNKNOWN'));
    const children = buildIndex([image]);
    expect(await sendManifest(http, name, children.manifest, 'many')).toMatchObject({
      status: 400,
      codes: ['MANIFEST_BLOB_UNKNOWN'],
    });
    expect((await http.send('GET', `/v2/${name}/tags/list`)).status).toBe(404);
    // Deleted, it is still known by which name, and is told as the index has it.
    await pushImage(http, name, image);
    await http.send('DELETE', `/v2/${name}/manifests/${image.manifest.digest}`);
    const digest = digestOf(image.manifest.bytes, 'sha512');
    const manifests = [describeContent(image.manifest, { digest })];
    const listing = makeDocument(
      { schemaVersion: 2, mediaType: mediaTypes.index, manifests },
      mediaTypes.index,
    );
    const refused = await sendManifest(http, name, listing, 'many');
    expect(refused).toMatchObject({ status: 400, codes: ['MANIFEST_BLOB_UNKNOWN'] });
    expect(refused.text).toContain(digest);
  });

  it('has content of the size that it says', async () => {
    const name = freshName();
    const blob = makeContent('{}');
    await sendBlob(http, name, blob.bytes);
    const manifest = makeDocument(
      {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: describeContent(blob, { size: 3 }),
        layers: [],
      },
      mediaTypes.manifest,
    );
    expect(await sendManifest(http, name, manifest, 'one')).toMatchObject({
      status: 400,
      codes: ['MANIFEST_INVALID'],
    });
  });

  it('lists manifests of the size that they have, under each of their digests', async () => {
    const name = freshName();
    await pushImage(http, name, image);
    const { manifest } = image;
    const listing = (more: object) =>
      makeDocument(
        {
          schemaVersion: 2,
          mediaType: mediaTypes.index,
          manifests: [describeContent(manifest, more)],
        },
        mediaTypes.index,
      );
    const size = manifest.bytes.length;
    for (const digest of [manifest.digest, digestOf(manifest.bytes, 'sha512')]) {
      for (const wrong of [size + 1, size - 1, 0]) {
        const refused = await sendManifest(http, name, listing({ digest, size: wrong }), 'many');
        expect(refused).toMatchObject({ status: 400, codes: ['MANIFEST_INVALID'] });
        expect(refused.text).toContain(`${digest} has ${wrong} bytes, and it has ${size}`);
      }
      expect((await sendManifest(http, name, listing({ digest, size }), 'many')).status).toBe(201);
    }
    const refused = await http.send('DELETE', `/v2/${name}/manifests/${manifest.digest}`);
    expect(refused).toMatchObject({ status: 405 });
  });

  it('may list 10,000 others, which have to be there, and not one more', async () => {
    const name = freshName();
    await pushImage(http, name, image);
    const listing = (count: number) => {
      const manifests = Array.from({ length: count }, (_, n) =>
        describeContent(image.manifest, { digest: digestOf(Buffer.from(String(n))) }),
      );
      return makeDocument({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }, mediaTypes.index);
    };
    const missing = await sendManifest(http, name, listing(10_000), 'many');
    expect(missing.status).toBe(400);
    expect(missing.codes).toEqual(Array.from({ length: 100 }, () => 'MANIFEST_BLOB_UNKNOWN'));
    const tooMany = await sendManifest(http, name, listing(10_001), 'many');
    expect(tooMany).toMatchObject({ status: 400, codes: ['MANIFEST_INVALID'] });
    expect(tooMany.text).toContain('more than 10000 manifests');
  });

  it('may have 4 MiB, and no more', async () => {
    const name = freshName();
    const blob = makeContent('{}');
    await sendBlob(http, name, blob.bytes);
    const of = (size: number): ReturnType<typeof makeContent> => {
      const document = {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: describeContent(blob),
        layers: [],
        annotations: { filler: '' },
      };
      document.annotations.filler = 'x'.repeat(size - JSON.stringify(document).length);
      return makeDocument(document, mediaTypes.manifest);
    };
    const most = of(4 * 1024 * 1024);
    expect((await sendManifest(http, name, most, 'large')).status).toBe(201);
    expect((await http.send('GET', `/v2/${name}/manifests/large`)).body.equals(most.bytes)).toBe(true);
    expect(await sendManifest(http, name, of(4 * 1024 * 1024 + 1), 'larger')).toMatchObject({
      status: 413,
      codes: ['MANIFEST_INVALID'],
    });
  });

  it('pushed by its SHA-512 is known by both, and takes several tags at once', async () => {
    const name = freshName();
    await pushImage(http, name, image);
    const digest = digestOf(image.manifest.bytes, 'sha512');
    const put = (query: string) =>
      http.send('PUT', `/v2/${name}/manifests/${digest}${query}`, {
        headers: { 'content-type': image.manifest.mediaType },
        body: image.manifest.bytes,
      });
    const answer = await put('?tag=a&tag=b');
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'docker-content-digest': digest, 'oci-tag': 'a, b' });
    expect(
      (await http.send('HEAD', `/v2/${name}/manifests/${digest}`)).headers['docker-content-digest'],
    ).toBe(digest);
    await sendManifest(http, name, image.manifest, 'plain');
    const told = async (reference: string): Promise<unknown[]> => {
      // Twice: the second answer is one that was kept.
      const heads = [await head(reference), await head(reference)];
      return heads.flatMap(({ headers }) => [headers['docker-content-digest'], headers.etag]);
    };
    const head = (reference: string) => http.send('HEAD', `/v2/${name}/manifests/${reference}`);
    const always = (text: string): string[] => [text, `"${text}"`, text, `"${text}"`];
    for (const reference of [digest, 'a', 'b']) expect(await told(reference)).toEqual(always(digest));
    for (const reference of [image.manifest.digest, 'plain'])
      expect(await told(reference)).toEqual(always(image.manifest.digest));
    await sendManifest(http, name, image.manifest, 'b');
    expect(await told('b')).toEqual(always(image.manifest.digest));
    expect(await put('?tag=good&tag=not+good')).toMatchObject({ status: 400, codes: ['TAG_INVALID'] });
    expect((await http.send('HEAD', `/v2/${name}/manifests/good`)).status).toBe(404);
    expect(await sendManifest(http, name, image.manifest, digestOf(Buffer.from('x')))).toMatchObject({
      status: 400,
      codes: ['DIGEST_INVALID'],
    });
    expect(await sendManifest(http, name, image.manifest, 'sha256:baddigeststring')).toMatchObject({
      status: 400,
      codes: ['DIGEST_INVALID'],
    });
  });
});

describe('tags', () => {
  it('are listed in pages that go on where the last one ended', async () => {
    const name = freshName();
    const tags = ['a', 'B', 'c-1', 'c.2', 'z'];
    for (const tag of tags) await pushImage(http, name, image, tag);
    const list = (query: string) => http.send('GET', `/v2/${name}/tags/list${query}`);
    const sorted = [...tags].sort();
    expect((await list('')).json()).toEqual({ name, tags: sorted });
    const page = await list('?n=2&other=kept');
    expect(page.json()).toEqual({ name, tags: sorted.slice(0, 2) });
    const link = /^<([^>]+)>; rel="next"$/.exec(page.headers.link as string)![1]!;
    expect(link).toBe(`/v2/${name}/tags/list?n=2&other=kept&last=a`);
    expect((await http.send('GET', link)).json()).toEqual({ name, tags: sorted.slice(2, 4) });
    expect((await list('?last=bbb')).json()).toEqual({ name, tags: ['c-1', 'c.2', 'z'] });
    const none = await list('?n=0');
    expect(none.json()).toEqual({ name, tags: [] });
    expect(none.headers.link).toBeUndefined();
    expect(await list('?n=x')).toMatchObject({ status: 400, codes: ['PAGINATION_NUMBER_INVALID'] });
  });

  it('go one by one, and with their manifest all together', async () => {
    const name = freshName();
    for (const tag of ['one', 'two', 'three']) await pushImage(http, name, image, tag);
    const path = `/v2/${name}/manifests`;
    expect((await http.send('DELETE', `${path}/one`)).status).toBe(202);
    expect(await http.send('GET', `${path}/one`)).toMatchObject({ status: 404, codes: ['MANIFEST_UNKNOWN'] });
    expect((await http.send('GET', `${path}/${image.manifest.digest}`)).status).toBe(200);
    expect((await http.send('DELETE', `${path}/${image.manifest.digest}`)).status).toBe(202);
    for (const reference of ['two', image.manifest.digest])
      expect((await http.send('GET', `${path}/${reference}`)).status).toBe(404);
    expect((await http.send('GET', `/v2/${name}/tags/list`)).json()).toEqual({ name, tags: [] });
    await pushImage(http, name, image, 'again');
    expect(await pullImage(http, name, 'again')).toContain(image.manifest.digest);
  });
});

describe('what belongs together', () => {
  it('keeps a child from being deleted under its index', async () => {
    const name = freshName();
    const index = buildIndex([image, await buildHelloImage('other')]);
    await pushImage(http, name, index, 'many');
    const refused = await http.send('DELETE', `/v2/${name}/manifests/${image.manifest.digest}`);
    expect(refused).toMatchObject({ status: 405, codes: ['UNSUPPORTED'] });
    expect(refused.text).toContain(index.manifest.digest);
    expect((await pullImage(http, name, 'many')).size).toBeGreaterThan(4);
  });

  it('is listed as referrers, with its annotations and by type', async () => {
    const name = freshName();
    const artifact = (type: string, more: object = {}): BuiltImage =>
      buildArtifact({
        artifactType: type,
        subject: describeContent(image.manifest),
        annotations: { made: type },
        ...more,
      });
    const path = `/v2/${name}/referrers/${image.manifest.digest}`;
    const empty = await http.send('GET', path);
    expect(empty.json()).toEqual({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] });
    expect(empty.headers['content-type']).toBe(mediaTypes.index);
    const before = await pushImage(http, name, artifact('application/x'));
    expect(before.headers['oci-subject']).toBe(image.manifest.digest);
    await pushImage(http, name, image, 'one');
    await pushImage(http, name, artifact('application/y'));
    const types = (answer: typeof empty): unknown[] =>
      answer
        .json<{ manifests: { artifactType: string }[] }>()
        .manifests.map(({ artifactType }) => artifactType);
    const all = await http.send('GET', path);
    expect(types(all)).toEqual(['application/y', 'application/x']);
    expect(all.json<{ manifests: unknown[] }>().manifests[1]).toEqual({
      ...describeContent(artifact('application/x').manifest),
      artifactType: 'application/x',
      annotations: { made: 'application/x' },
    });
    const filtered = await http.send('GET', `${path}?artifactType=${encodeURIComponent('application/x')}`);
    expect(types(filtered)).toEqual(['application/x']);
    expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
    await http.send('DELETE', `/v2/${name}/manifests/${artifact('application/x').manifest.digest}`);
    expect(types(await http.send('GET', path))).toEqual(['application/y']);
    expect(await http.send('GET', `/v2/${name}/referrers/sha256:abc`)).toMatchObject({
      status: 400,
      codes: ['DIGEST_INVALID'],
    });
  });
});

describe('54: an address that is none', () => {
  it.each([
    ['GET', '/v2/olga/app/nothing', 404, 'UNSUPPORTED'],
    ['POST', '/v2/olga/app/tags/list', 405, 'UNSUPPORTED'],
    ['GET', '/v2/app/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/olga/%2e%2e/tags/list', 400, 'NAME_INVALID'],
    ['PUT', '/v2/Olga/app/manifests/one', 400, 'NAME_INVALID'],
    ['GET', '/v2/olga//app/manifests/one', 400, 'NAME_INVALID'],
  ])('%s %s is answered with %d %s', async (method, path, status, code) => {
    expect(await http.send(method, path)).toMatchObject({ status, codes: [code] });
  });
});
