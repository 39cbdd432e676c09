import {
  buildArtifact,
  buildHelloImage,
  buildIndex,
  buildMultiPlatformImage,
  ConformingFetch,
  describeContent,
  digestOf,
  listContents,
  makeContent,
  OciHttp,
  OctokitClient,
  PlatformApi,
  pullImage,
  pushImage,
  removeTemporaryFolders,
  runDeleteVersionsAction,
  selectModes,
  selectPrograms,
  sendManifest,
  SkopeoClient,
  startDockerRegistry,
  waitUntil,
  type BuiltImage,
  type Descriptor,
} from '@packhouse/testing';
import { startRegistry, type ContainerRegistry, type TestAccount } from './support/registry-under-test';
import { getManifest } from './support/wire';

jest.setTimeout(180_000);

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly description?: string;
  readonly metadata: { readonly container: { readonly tags: readonly string[] } };
}

const digestsOf = (image: BuiltImage) => new Set(listContents(image).map(({ digest }) => digest));

/** Rows of the acceptance table about what becomes of images in the product, by their numbers. */
describe.each(selectModes())('the life of images, %s', (mode) => {
  let registry: ContainerRegistry;
  let alice: TestAccount;
  let http: OciHttp;
  let octokit: OctokitClient;

  beforeAll(async () => {
    registry = await startRegistry(mode);
    const person = await registry.createUser('alice', ['acme']);
    alice = await registry.withScopes(person, ['write:packages', 'delete:packages', 'repo']);
    http = registry.http(alice);
    const conforming = await ConformingFetch.open(registry.url, { github: true });
    octokit = OctokitClient.open({ url: registry.url, token: alice.secret, fetch: conforming.fetch });
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  const named = (name: string) => ({ org: 'acme', package_type: 'container', package_name: name });
  const listVersions = (name: string, state: 'active' | 'deleted' = 'active') =>
    octokit.call<Listed[]>('packages.getAllPackageVersionsForPackageOwnedByOrg', { ...named(name), state });

  it('18: a tag that ten clients move at once is always on an image that was pushed', async () => {
    const images = await Promise.all(
      Array.from({ length: 10 }, (_, index) => buildHelloImage(`moved ${index}`)),
    );
    for (const image of images) await pushImage(http, 'acme/moved', image, image.manifest.digest);
    await sendManifest(http, 'acme/moved', images[0]!.manifest, 'latest');
    const pushed = new Set(images.map(({ manifest }) => manifest.digest));
    const seen: unknown[] = [];
    const move = async (image: BuiltImage): Promise<void> => {
      for (let time = 0; time < 10; time += 1) {
        expect((await sendManifest(http, 'acme/moved', image.manifest, 'latest')).status).toBe(201);
        const read = await getManifest(http, 'acme/moved', 'latest');
        seen.push(read.status === 200 && pushed.has(String(read.headers['docker-content-digest'])));
      }
    };
    await Promise.all(images.map(move));
    expect(new Set(seen)).toEqual(new Set([true]));
    for (const image of images)
      expect(await pullImage(http, 'acme/moved', image.manifest.digest)).toEqual(digestsOf(image));
  });

  it('24, 9: a clean-up of untagged versions leaves tagged indexes whole, and takes replaced ones whole', async () => {
    const [kept, replaced] = [
      await buildMultiPlatformImage('kept'),
      await buildMultiPlatformImage('replaced'),
    ];
    await pushImage(http, 'acme/cleaned', kept, '1');
    await pushImage(http, 'acme/cleaned', replaced, 'edge');
    await pushImage(http, 'acme/cleaned', await buildHelloImage('newest'), 'edge');
    const inputs = { owner: 'acme', packageName: 'cleaned', packageType: 'container' };
    const deleted = await runDeleteVersionsAction(octokit, { ...inputs, deleteOnlyUntaggedVersions: true });
    expect(deleted).toHaveLength(1);
    await registry.collect();
    expect(await pullImage(http, 'acme/cleaned', '1')).toEqual(digestsOf(kept));
    expect((await listVersions('cleaned')).map(({ metadata }) => metadata.container.tags)).toEqual([
      ['edge'],
      ['1'],
    ]);
    for (const { manifest } of [replaced, ...replaced.children])
      expect((await getManifest(http, 'acme/cleaned', manifest.digest)).status).toBe(404);
  });

  it('37: an immutable tag stays where it is, whatever is tried with it', async () => {
    const [first, second] = [await buildHelloImage('first'), await buildHelloImage('second')];
    await pushImage(http, 'acme/fixed', first, 'v1');
    await pushImage(http, 'acme/fixed', second, 'edge');
    const api = PlatformApi.withPassword(registry.url, alice.login, alice.password);
    await api.call('PUT', '/packages/acme/container/fixed/tag-rules', { immutable: ['v*'] });
    const refused = await sendManifest(http, 'acme/fixed', second.manifest, 'v1');
    expect(refused).toMatchObject({ status: 403, codes: ['DENIED'] });
    expect(refused.text).toMatch(/is immutable by the rule/);
    expect((await sendManifest(http, 'acme/fixed', first.manifest, 'v1')).status).toBe(201);
    for (const reference of ['v1', first.manifest.digest])
      expect(await http.send('DELETE', `/v2/acme/fixed/manifests/${reference}`)).toMatchObject({
        ...{ status: 403, codes: ['DENIED'] },
      });
    expect(await pullImage(http, 'acme/fixed', 'v1')).toEqual(digestsOf(first));
    expect((await http.send('DELETE', '/v2/acme/fixed/manifests/edge')).status).toBe(202);
  });

  it('41: what was deleted comes back whole after a collection', async () => {
    const image = await buildMultiPlatformImage('restored');
    await pushImage(http, 'acme/restored', image, '1');
    await pushImage(http, 'acme/restored', await buildHelloImage('another'), '2');
    const [, index] = await listVersions('restored');
    expect(index?.name).toBe(image.manifest.digest);
    const version = { ...named('restored'), package_version_id: index!.id };
    await octokit.send('packages.deletePackageVersionForOrg', version);
    for (const { manifest } of [image, ...image.children])
      expect((await getManifest(http, 'acme/restored', manifest.digest)).status).toBe(404);
    await registry.collect();
    expect((await listVersions('restored', 'deleted')).map(({ name }) => name)).toEqual([
      image.manifest.digest,
    ]);
    await octokit.send('packages.restorePackageVersionForOrg', version);
    expect(await pullImage(http, 'acme/restored', '1')).toEqual(digestsOf(image));
  });

  it('39: labels describe a package, and link it to a repository of the pusher only', async () => {
    const bob = await registry.createUser('bob');
    const api = PlatformApi.withPassword(registry.url, alice.login, alice.password);
    await api.call('POST', '/repositories', { owner: 'acme', name: 'site' });
    const labelled = (from: string) => {
      const of = (name: string) => `org.opencontainers.image.${name}`;
      return {
        [of('source')]: `${registry.url}/acme/site`,
        [of('description')]: `${from} ${'é'.repeat(600)}`,
        [of('licenses')]: `${from} ${'L'.repeat(300)}`,
      };
    };
    const linkOf = async (by: TestAccount, path: string) =>
      (await PlatformApi.withPassword(registry.url, by.login, by.password).call(
        'GET',
        `/packages/${path}`,
      )) as {
        repository: string | null;
      };
    const image = await buildHelloImage('labelled', { labels: labelled('the image') });
    await pushImage(http, 'acme/labelled', image, '1');
    await pushImage(registry.http(bob), 'bob/labelled', image, '1');
    expect((await linkOf(alice, 'acme/container/labelled')).repository).toBe('site');
    expect((await linkOf(bob, 'bob/container/labelled')).repository).toBeNull();
    const index = buildIndex([image], { annotations: labelled('the index') });
    await pushImage(http, 'acme/labelled', index, '2');
    expect(await listVersions('labelled')).toMatchObject(
      ['the index', 'the image'].map((from) => ({
        description: `${from} ${'é'.repeat(600)}`.slice(0, 512),
        license: `${from} ${'L'.repeat(300)}`.slice(0, 256),
      })),
    );
    await pushImage(http, 'acme/plain-index', buildIndex([image]), '1');
    const [plain] = await listVersions('plain-index');
    expect(plain?.description ?? '').toBe('');
  });

  it('39: an index whose images came first links by its own annotations, until something is tagged', async () => {
    const api = PlatformApi.withPassword(registry.url, alice.login, alice.password);
    for (const name of ['base', 'whole']) await api.call('POST', '/repositories', { owner: 'acme', name });
    const sourceOf = (name: string) => ({
      'org.opencontainers.image.source': `${registry.url}/acme/${name}`,
    });
    const { children } = await buildMultiPlatformImage('linked late');
    const indexOf = (source: string) => buildIndex(children, { annotations: sourceOf(source) });
    const linkOf = async (path: string) => {
      const found = (await api.call('GET', `/packages/${path}`)) as Record<string, unknown>;
      return [found['repository'], found['inheritsAccess'], found['visibility']];
    };
    const push = (name: string, image: BuiltImage, tag: string) => pushImage(http, name, image, tag);

    for (const child of children) await push('acme/late', child, child.manifest.digest);
    expect(await linkOf('acme/container/late')).toEqual([null, false, 'private']);
    await push('acme/late', indexOf('whole'), '1');
    expect(await linkOf('acme/container/late')).toEqual(['whole', true, 'private']);
    await push('acme/late', indexOf('base'), '2');
    expect(await linkOf('acme/container/late')).toEqual(['whole', true, 'private']);
    await waitUntil('It is in the audit log', async () => {
      const path = '/audit-log?owner=acme&action=packages.repository_linked';
      const { items } = (await api.call('GET', path)) as { items: object[] };
      return items.length === 1;
    });

    // What an image inherits from the one it is built upon is the last that counts.
    const labelled = await buildHelloImage('upon a base', { labels: sourceOf('base') });
    await push('acme/upon', labelled, labelled.manifest.digest);
    expect(await linkOf('acme/container/upon')).toEqual(['base', true, 'private']);
    await push('acme/upon', buildIndex([labelled], { annotations: sourceOf('whole') }), '1');
    expect(await linkOf('acme/container/upon')).toEqual(['whole', true, 'private']);

    await push('acme/plain', children[0]!, '1');
    await push('acme/plain', indexOf('whole'), '2');
    expect(await linkOf('acme/container/plain')).toEqual([null, false, 'private']);
  });

  it('29, 47: what names an image by its SHA-512 belongs to it, though the image came later', async () => {
    const image = await buildHelloImage('late');
    const sha512 = digestOf(image.manifest.bytes, 'sha512');
    const subject = describeContent(image.manifest, { digest: sha512 });
    const sbom = buildArtifact({ artifactType: 'application/spdx+json', subject });
    const fallback = sha512.slice(0, 7 + 64).replace(':', '-');
    const listed = async (digest: string) =>
      (await http.send('GET', `/v2/acme/by-sha512/referrers/${digest}`))
        .json<{ manifests: Descriptor[] }>()
        .manifests.map((entry) => entry.digest);
    const remove = (digest: string) => http.send('DELETE', `/v2/acme/by-sha512/manifests/${digest}`);
    const names = async () => (await listVersions('by-sha512')).map(({ name }) => name);

    const early = await pushImage(http, 'acme/by-sha512', sbom);
    expect(early.headers['oci-subject']).toBe(sha512);
    expect([await listed(sha512), await listed(image.manifest.digest)]).toEqual([[sbom.manifest.digest], []]);
    await pushImage(http, 'acme/by-sha512', buildIndex([sbom]), fallback);
    await pushImage(http, 'acme/by-sha512', await buildHelloImage('another'), '2');
    await pushImage(http, 'acme/by-sha512', image, sha512);
    const both = [[sbom.manifest.digest], [sbom.manifest.digest]];
    expect([await listed(sha512), await listed(image.manifest.digest)]).toEqual(both);
    const [listedImage, ...others] = await names();
    expect([listedImage, others.length]).toEqual([image.manifest.digest, 1]);

    const inputs = { owner: 'acme', packageName: 'by-sha512', packageType: 'container' };
    await pushImage(http, 'acme/by-sha512', image, '1');
    await runDeleteVersionsAction(octokit, { ...inputs, deleteOnlyUntaggedVersions: true });
    expect([await listed(sha512), await listed(image.manifest.digest)]).toEqual(both);
    const [version] = await listVersions('by-sha512');
    expect((await remove(sha512)).status).toBe(202);
    expect([await listed(sha512), await listed(image.manifest.digest)]).toEqual([[], []]);
    for (const gone of [sbom.manifest.digest, fallback])
      expect((await getManifest(http, 'acme/by-sha512', gone)).status).toBe(404);
    const restored = { ...named('by-sha512'), package_version_id: version!.id };
    await octokit.send('packages.restorePackageVersionForOrg', restored);
    expect([await listed(sha512), await listed(image.manifest.digest)]).toEqual(both);
    expect((await getManifest(http, 'acme/by-sha512', fallback)).status).toBe(200);
  });

  for (const program of selectPrograms(['skopeo']).filter(
    () => selectPrograms(['docker-registry']).length > 0,
  ))
    it(`61, S19: ${program} brings an image with its fallback tags from a registry without referrers`, async () => {
      const image = await buildHelloImage('imported');
      const made = (artifactType: string, subject?: Descriptor) =>
        buildArtifact({ artifactType, content: makeContent(artifactType), subject });
      const sbom = made('application/spdx+json', describeContent(image.manifest));
      // what only the list says to be about the image
      const forged = made('application/x.forged');
      const tag = image.manifest.digest.replace(':', '-');
      const images = {
        1: image,
        [tag]: buildIndex([sbom, forged]),
        [`${tag}.sig`]: made('application/x.sig'),
      };
      const old = await startDockerRegistry({ open: true });
      const skopeo = new SkopeoClient(registry);
      await skopeo.signIn(alice);
      for (const [name, each] of Object.entries(images)) {
        await pushImage(new OciHttp(old.url), 'acme/imported', each, name);
        const from = `docker://${new URL(old.url).host}/acme/imported:${name}`;
        await skopeo.copy(from, skopeo.at('acme/imported', name), '--all', '--preserve-digests');
      }
      await old.stop();
      const referrers = async () =>
        (await http.send('GET', `/v2/acme/imported/referrers/${image.manifest.digest}`))
          .json<{ manifests: Descriptor[] }>()
          .manifests.map(({ digest }) => digest);
      const tags = async () =>
        (await http.send('GET', '/v2/acme/imported/tags/list')).json<{ tags: string[] }>().tags;
      expect(await referrers()).toEqual([sbom.manifest.digest]);
      expect(await tags()).toEqual(['1', tag, `${tag}.sig`]);
      const [listed, ...others] = await listVersions('imported');
      expect(others).toEqual([]);
      expect(listed).toMatchObject({ name: image.manifest.digest, metadata: { container: { tags: ['1'] } } });
      await pushImage(http, 'acme/imported', await buildHelloImage('another'), '2');
      const version = { ...named('imported'), package_version_id: listed!.id };
      await octokit.send('packages.deletePackageVersionForOrg', version);
      expect([await referrers(), await tags()]).toEqual([[], ['2']]);
      await octokit.send('packages.restorePackageVersionForOrg', version);
      expect(await referrers()).toEqual([sbom.manifest.digest]);
      for (const [name, each] of Object.entries(images))
        expect(await pullImage(http, 'acme/imported', name)).toEqual(digestsOf(each));
    });
});
