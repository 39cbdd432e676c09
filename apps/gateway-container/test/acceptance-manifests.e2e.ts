import { createServer, type AddressInfo } from 'node:net';
import {
  buildArtifact,
  buildHelloImage,
  buildImage,
  buildIndex,
  buildLayer,
  buildMultiPlatformImage,
  describeContent,
  digestOf,
  makeContent,
  mediaTypes,
  pullImage,
  pushImage,
  removeTemporaryFolders,
  sendManifest,
  type BuiltImage,
  type Content,
  type Descriptor,
  type OciHttp,
} from '@packhouse/testing';
import {
  selectTargets,
  startRegistry,
  type ContainerRegistry,
  type TestAccount,
} from './support/registry-under-test';
import { freshBytes, getManifest, headBlob, manifestOf, putBlob, putText, zeroDigest } from './support/wire';

jest.setTimeout(120_000);

const MEBIBYTE = 1 << 20;

/** Rows of the acceptance table that are about manifests, by their numbers. */
describe.each(selectTargets())('manifests in the %s registry', (target) => {
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

  /** A configuration and a layer that are in a repository, for manifests that are made by hand. */
  async function putParts(name: string): Promise<[Content, Content]> {
    return [
      await putBlob(http, name, Buffer.from('{"architecture":"amd64","os":"linux"}')),
      await putBlob(http, name),
    ];
  }

  /** A manifest of exactly so many bytes. */
  function manifestOfSize(parts: [Content, Content], size: number): Content {
    const annotations: Record<string, string> = {};
    for (let index = 0; index < 390; index += 1) annotations[`org.example.${index}`] = 'x'.repeat(10_000);
    const make = (filler: number) =>
      manifestOf(parts[0], [parts[1]], {
        annotations: { ...annotations, 'org.example.filler': 'x'.repeat(filler) },
      });
    return make(size - make(0).bytes.length);
  }

  it('27: HEAD says of a tag and a digest what GET says', async () => {
    const image = await buildHelloImage('head');
    const put = await pushImage(http, 'acme/head', image, '1');
    expect(put.headers['docker-content-digest']).toBe(image.manifest.digest);
    for (const reference of ['1', image.manifest.digest]) {
      const headers = { accept: mediaTypes.manifest };
      const get = await http.send('GET', `/v2/acme/head/manifests/${reference}`, { headers });
      const head = await http.send('HEAD', `/v2/acme/head/manifests/${reference}`, { headers });
      expect([head.status, head.body.length]).toEqual([200, 0]);
      for (const name of ['content-length', 'content-type', 'docker-content-digest', 'etag'])
        expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
      expect(get.headers).toMatchObject({
        'content-type': mediaTypes.manifest,
        'docker-content-digest': image.manifest.digest,
        'docker-distribution-api-version': 'registry/2.0',
      });
    }
  });

  it('52: white space, the order of keys and unknown fields come back as they were sent', async () => {
    const [config, layer] = await putParts('acme/bytes');
    const { digest } = manifestOf(config, [layer]);
    expect(digest).toMatch(/^sha256:/);
    const document = JSON.parse(manifestOf(config, [layer]).bytes.toString()) as Record<string, unknown>;
    const text = `\n{ "org.example.unknown" : [1.50, "\\u00e9"],\t${JSON.stringify(document, null, 3).slice(1)}  \n\n`;
    expect((await putText(http, 'acme/bytes', 'odd', text)).status).toBe(201);
    const read = await getManifest(http, 'acme/bytes', 'odd', mediaTypes.manifest);
    expect([read.text, read.headers['content-type']]).toEqual([text, mediaTypes.manifest]);
    expect(read.headers['docker-content-digest']).toBe(digestOf(Buffer.from(text)));
  });

  it.each(['layer', 'configuration', 'image of an index'])(
    '50: a manifest that misses a %s is refused and says which',
    async (what) => {
      const [config, layer] = await putParts('acme/lacking');
      const never = await buildHelloImage('never pushed');
      const blob = makeContent(freshBytes());
      const missing = what === 'image of an index' ? never.manifest : blob;
      const whole = what === 'layer' ? manifestOf(config, [layer, blob]) : manifestOf(blob, [layer]);
      const manifest = what === 'image of an index' ? buildIndex([never]).manifest : whole;
      const answer = await sendManifest(http, 'acme/lacking', manifest, 'tag');
      expect(answer.status).toBe(400);
      expect(answer.codes).toContain('MANIFEST_BLOB_UNKNOWN');
      expect(answer.text).toContain(missing.digest);
      expect((await getManifest(http, 'acme/lacking', 'tag')).status).toBe(404);
    },
  );

  it('22: a manifest under a digest that is not its own is refused', async () => {
    const [config, layer] = await putParts('acme/lacking');
    const answer = await sendManifest(http, 'acme/lacking', manifestOf(config, [layer]), zeroDigest);
    expect([answer.status, answer.codes]).toEqual([400, ['DIGEST_INVALID']]);
  });

  it('49, S11: what an image says to be elsewhere is stored and shown, and nobody asks for it', async () => {
    let asked = 0;
    const elsewhere = createServer((socket) => {
      asked += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const foreign: Descriptor[] = [mediaTypes.foreignLayer, mediaTypes.dockerForeignLayer].map(
      (mediaType) => ({
        ...{ mediaType, digest: digestOf(freshBytes()), size: 64, urls: [`${url}/base.tgz`] },
      }),
    );
    const of = (name: string): [string, string] => [`org.opencontainers.image.${name}`, `${url}/${name}`];
    const labels: Record<string, string> = Object.fromEntries([
      ...['source', 'url', 'documentation', 'base.name', 'description'].map(of),
      ...['io.artifacthub.package.logo-url', 'icon'].map((name): [string, string] => [
        name,
        `${url}/icon.png`,
      ]),
    ]);
    const layers = [await buildLayer({ 'own.txt': 'own' })];
    const image = buildImage({ layers, foreign, labels, annotations: labels });
    const index = buildIndex([image], { annotations: labels });
    await pushImage(http, 'acme/windows', image, '1');
    await pushImage(http, 'acme/windows', index, 'all');
    expect((await pullImage(http, 'acme/windows', '1')).size).toBe(3);
    if (isProduct) {
      const headers = { authorization: `Bearer ${alice.secret}` };
      const versions = `${registry.url}/api/v3/orgs/acme/packages/container/windows/versions`;
      expect(await (await fetch(versions, { headers })).text()).toContain(`${url}/description`);
    }
    elsewhere.close();
    expect(asked).toBe(0);
  });

  it('34: deleting a digest takes its tags along', async () => {
    const image = await buildHelloImage('deleted');
    for (const tag of ['a', 'b', 'c']) await pushImage(http, 'acme/deleted', image, tag);
    const kept = await buildHelloImage('kept');
    await pushImage(http, 'acme/deleted', kept, 'kept');
    const path = `/v2/acme/deleted/manifests/${image.manifest.digest}`;
    expect((await http.send('DELETE', path)).status).toBe(202);
    for (const reference of ['a', 'b', 'c', image.manifest.digest])
      expect((await getManifest(http, 'acme/deleted', reference)).status).toBe(404);
    expect((await http.send('DELETE', path)).status).toBe(404);
    expect((await pullImage(http, 'acme/deleted', 'kept')).size).toBe(3);
  });

  if (!isProduct) return;

  it('25: a manifest of four mebibytes is taken, and one byte more is not', async () => {
    const parts = await putParts('acme/size');
    const most = manifestOfSize(parts, 4 * MEBIBYTE);
    expect((await sendManifest(http, 'acme/size', most, 'most')).status).toBe(201);
    expect((await getManifest(http, 'acme/size', 'most')).body.equals(most.bytes)).toBe(true);
    const more = manifestOfSize(parts, 4 * MEBIBYTE + 1);
    expect((await sendManifest(http, 'acme/size', more, 'more')).status).toBe(413);
    expect((await getManifest(http, 'acme/size', 'more')).status).toBe(404);
  });

  it('25: a manifest of a hundred megabytes is refused long before its end', async () => {
    const token = await http.getToken('repository:acme/size:pull,push');
    let sent = 0;
    async function* body() {
      for (; sent < 100 * MEBIBYTE; sent += MEBIBYTE) yield Buffer.alloc(MEBIBYTE, ' ');
    }
    const headers = { 'content-type': mediaTypes.manifest };
    const send = http.send('PUT', '/v2/acme/size/manifests/huge', {
      headers,
      body: body(),
      authorization: `Bearer ${token}`,
    });
    const status = await send.then(
      (answer) => answer.status,
      () => 413, // closed in the middle of what was still being sent
    );
    expect(status).toBe(413);
    expect(sent).toBeLessThan(90 * MEBIBYTE);
  });

  it.each([
    undefined,
    '*/*',
    'application/json',
    'application/*',
    mediaTypes.dockerManifest,
    mediaTypes.manifest,
  ])('28: an image is given as it is stored to who accepts %s', async (accept) => {
    const image = await buildHelloImage('accepted');
    await pushImage(http, 'acme/accepted', image, '1');
    for (const reference of ['1', image.manifest.digest]) {
      const headers: Record<string, string> = accept ? { accept } : {};
      const answer = await http.send('GET', `/v2/acme/accepted/manifests/${reference}`, { headers });
      expect([answer.status, answer.body.equals(image.manifest.bytes)]).toEqual([200, true]);
      expect(answer.headers['content-type']).toBe(mediaTypes.manifest);
    }
  });

  it('52: parameters of the media type are left off', async () => {
    const [config, layer] = await putParts('acme/bytes');
    const { bytes } = manifestOf(config, [layer]);
    const type = `${mediaTypes.manifest}; charset=utf-8`;
    expect((await putText(http, 'acme/bytes', 'charset', bytes, type)).status).toBe(201);
    expect((await getManifest(http, 'acme/bytes', 'charset')).headers['content-type']).toBe(
      mediaTypes.manifest,
    );
  });

  it('10: an image that an index needs cannot be deleted from under it', async () => {
    const image = await buildMultiPlatformImage('needed');
    await pushImage(http, 'acme/needed', image, '1');
    for (const child of image.children) {
      const refused = await http.send('DELETE', `/v2/acme/needed/manifests/${child.manifest.digest}`);
      expect([refused.status, refused.codes]).toEqual([405, ['UNSUPPORTED']]);
      expect(refused.text).toContain(image.manifest.digest);
    }
    expect((await pullImage(http, 'acme/needed', '1')).size).toBeGreaterThan(8);
  });

  it('11: deleting an index takes its platforms and attestations along, and not what another index shares', async () => {
    const image = await buildMultiPlatformImage('leaving');
    const [amd64, arm64] = image.children as [BuiltImage, BuiltImage];
    await pushImage(http, 'acme/leaving', image, 'all');
    await pushImage(http, 'acme/leaving', buildIndex([arm64]), 'arm');
    const path = `/v2/acme/leaving/manifests/${image.manifest.digest}`;
    expect((await http.send('DELETE', path)).status).toBe(202);
    expect((await getManifest(http, 'acme/leaving', amd64.manifest.digest)).status).toBe(404);
    expect((await pullImage(http, 'acme/leaving', 'arm')).size).toBeGreaterThan(3);
  });

  it('34: deleting a tag leaves the image, and the same tag may be pushed again', async () => {
    const image = await buildHelloImage('untagged');
    for (const tag of ['a', 'b']) await pushImage(http, 'acme/untagged', image, tag);
    expect((await http.send('DELETE', '/v2/acme/untagged/manifests/a')).status).toBe(202);
    expect((await getManifest(http, 'acme/untagged', 'a')).status).toBe(404);
    expect((await http.send('DELETE', '/v2/acme/untagged/manifests/a')).status).toBe(404);
    for (const reference of ['b', image.manifest.digest])
      expect((await pullImage(http, 'acme/untagged', reference)).size).toBe(3);
    await pushImage(http, 'acme/untagged', image, 'a');
  });

  it('33: an image without tags has an empty list of them', async () => {
    const image = await buildHelloImage('no tags');
    await pushImage(http, 'acme/no-tags', image, 'only');
    await http.send('DELETE', '/v2/acme/no-tags/manifests/only');
    const answer = await http.send('GET', '/v2/acme/no-tags/tags/list');
    expect([answer.status, answer.json()]).toEqual([200, { name: 'acme/no-tags', tags: [] }]);
  });

  it('29: what is said about an image is listed, by kind too, whether it came before or after', async () => {
    const image = await buildHelloImage('signed');
    const about = (artifactType: string, who: string) =>
      buildArtifact({
        artifactType,
        content: makeContent(who),
        subject: describeContent(image.manifest),
        annotations: { 'org.example.who': who },
      });
    const [sbom, signature] = [
      about('application/spdx+json', 'early'),
      about('application/x.signature', 'late'),
    ];
    const early = await pushImage(http, 'acme/signed', sbom);
    expect(early.headers['oci-subject']).toBe(image.manifest.digest);
    await pushImage(http, 'acme/signed', image, '1');
    await pushImage(http, 'acme/signed', signature);
    const list = (query = '') =>
      http.send('GET', `/v2/acme/signed/referrers/${image.manifest.digest}${query}`);
    const all = await list();
    expect(all.headers['content-type']).toBe(mediaTypes.index);
    const { manifests } = all.json<{ manifests: Descriptor[] }>();
    const expected = [sbom, signature].map(({ manifest }, index) => ({
      ...{ mediaType: mediaTypes.manifest, digest: manifest.digest, size: manifest.bytes.length },
      artifactType: ['application/spdx+json', 'application/x.signature'][index],
      annotations: { 'org.example.who': ['early', 'late'][index] },
    }));
    expect(manifests).toHaveLength(2);
    expect(manifests).toEqual(expect.arrayContaining(expected));
    const filtered = await list('?artifactType=application%2Fx.signature');
    expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
    expect(filtered.json<{ manifests: Descriptor[] }>().manifests).toEqual([expected[1]]);
    await http.send('DELETE', `/v2/acme/signed/manifests/${signature.manifest.digest}`);
    expect((await list()).json<{ manifests: Descriptor[] }>().manifests).toEqual([expected[0]]);
    await http.send('DELETE', `/v2/acme/signed/manifests/${image.manifest.digest}`);
    expect((await getManifest(http, 'acme/signed', sbom.manifest.digest)).status).toBe(404);
  });

  it('30: what was never pushed has an empty list of what is said about it', async () => {
    const answer = await http.send('GET', `/v2/acme/never-used/referrers/${zeroDigest}`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, mediaTypes.index]);
    expect(answer.json()).toEqual({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] });
    expect((await http.send('GET', '/v2/acme/never-used/referrers/sha256:short')).status).toBe(400);
  });

  it('31: a long list of what is said about an image comes in pages of less than four mebibytes', async () => {
    const image = await buildHelloImage('talked about');
    await pushImage(http, 'acme/talked-about', image, '1');
    const digests = new Set<string>();
    for (let index = 0; index < 60; index += 1) {
      const annotations = { 'org.example.text': `${index} `.repeat(40_000) };
      const subject = describeContent(image.manifest);
      const artifact = buildArtifact({ artifactType: 'application/x.talk', subject, annotations });
      await pushImage(http, 'acme/talked-about', artifact);
      digests.add(artifact.manifest.digest);
    }
    const seen: string[] = [];
    let path = `/v2/acme/talked-about/referrers/${image.manifest.digest}`;
    for (let pages = 0; path !== '' && pages < 20; pages += 1) {
      const answer = await http.send('GET', path);
      expect(answer.body.length).toBeLessThan(4 * MEBIBYTE);
      seen.push(...answer.json<{ manifests: Descriptor[] }>().manifests.map(({ digest }) => digest));
      path = /<([^>]+)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1] ?? '';
    }
    expect(seen).toHaveLength(60);
    expect(new Set(seen)).toEqual(digests);
  });

  it('50: a manifest that lacks three layers hears of all three', async () => {
    const [config] = await putParts('acme/lacking');
    const missing = [1, 2, 3].map(() => makeContent(freshBytes()));
    const answer = await sendManifest(http, 'acme/lacking', manifestOf(config, missing), 'tag');
    expect(answer.codes).toEqual(['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN']);
    for (const { digest } of missing) expect(answer.text).toContain(digest);
  });

  it('S3: naming a blob of another image does not make it readable', async () => {
    const [config] = await putParts('acme/thief');
    const secret = await putBlob(http, 'acme/owner-of-blob');
    expect((await sendManifest(http, 'acme/thief', manifestOf(config, [secret]), 'x')).status).toBe(400);
    expect((await headBlob(http, 'acme/thief', secret.digest)).status).toBe(404);
  });
});
