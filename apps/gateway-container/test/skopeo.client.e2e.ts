import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildHelloImage,
  buildImage,
  buildLayer,
  buildMultiPlatformImage,
  ClientError,
  listContents,
  makeTemporaryFolder,
  mediaTypes,
  PlatformApi,
  readLayout,
  removeTemporaryFolders,
  selectPrograms,
  sendManifest,
  SkopeoClient,
  TlsProxy,
  writeLayout,
  type BuiltImage,
  type Descriptor,
} from '@packhouse/testing';
import { HostNameProxy } from './support/host-name-proxy';
import {
  has,
  selectTargets,
  startRegistry,
  type ContainerRegistry,
  type TestAccount,
} from './support/registry-under-test';

jest.setTimeout(120_000);

const digestsOf = (image: BuiltImage) => new Set(listContents(image).map(({ digest }) => digest));

/** Through which a push of ten layers to an empty repository goes, with the one for a token (section 12.1). */
const MOST_REQUESTS = 57;

/** Real use of the registry; numbers are those of the rows of the acceptance table that a test is. */
for (const program of selectPrograms(['skopeo']))
  describe.each(selectTargets())(`${program} against the %s registry`, (target) => {
    let registry: ContainerRegistry;
    let alice: TestAccount;
    let skopeo: SkopeoClient;
    let stranger: SkopeoClient;
    let proxy: TlsProxy;
    /** The registry of repositories, as what is before the product gives it a name of its own. */
    let older: HostNameProxy;

    beforeAll(async () => {
      registry = await startRegistry(target, { PACKHOUSE_TRUSTED_PROXIES: '127.0.0.1' });
      proxy = await TlsProxy.start();
      proxy.target = registry.url;
      older = await HostNameProxy.start(`${registry.url}/_registry/docker`, `docker.${registry.host}`);
      alice = await registry.createUser('alice', ['acme', 'small']);
      skopeo = new SkopeoClient(registry);
      stranger = new SkopeoClient(registry);
      await skopeo.signIn(alice);
    });

    afterAll(async () => {
      await proxy?.stop();
      await older?.stop();
      await registry?.stop();
      removeTemporaryFolders();
    });

    const push = (image: BuiltImage, name: string, tag: string, ...flags: string[]) =>
      skopeo.copy(`oci:${writeLayout({ it: image })}:it`, skopeo.at(name, tag), ...flags);

    /** Pulls into a new folder and gives the digests of what came, each checked against its bytes. */
    async function pull(client: SkopeoClient, name: string, reference: string, ...flags: string[]) {
      const folder = makeTemporaryFolder('pulled');
      await client.copy(client.at(name, reference), `oci:${folder}:it`, ...flags);
      return readLayout(folder);
    }

    const inspectRaw = async (name: string, reference: string) =>
      (await skopeo.ask('inspect', skopeo.at(name, reference), '--raw')).stdout;

    /** What the management API says of an image, below its address. */
    async function ask<T>(name: string, path = ''): Promise<T> {
      const [owner = '', image = ''] = name.split('/');
      const url = `${registry.url}/api/packhouse/v1/packages/${owner}/container/${image}${path}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${alice.secret}` } });
      expect(answer.status).toBe(200);
      return (await answer.json()) as T;
    }

    it('5: signs in with a token, and is told when the secret is wrong', async () => {
      expect((await new SkopeoClient(registry).signIn(alice)).output).toContain('Login Succeeded');
      const wrong = await new SkopeoClient(registry).attemptSignIn({ login: 'alice', secret: 'not-this' });
      expect(wrong.code).not.toBe(0);
      expect(wrong.output).toMatch(/invalid username\/password/);
    });

    it('1, 2, 58: pushes ten layers through TLS at another port in few requests, and anybody pulls the same bytes', async () => {
      const image = await buildHelloImage(`ten layers ${registry.host}`, {
        layers: 10,
        labels: { 'org.example.who': 'alice' },
      });
      const secure = new SkopeoClient({ host: new URL(proxy.url).host });
      await secure.signIn(alice);
      proxy.exchanges.length = 0;
      await secure.copy(`oci:${writeLayout({ it: image })}:it`, secure.at('acme/ten', '1'));
      expect(proxy.exchanges.length).toBeLessThanOrEqual(MOST_REQUESTS);
      const uploads = proxy.exchanges.filter(({ status }) => status === 202);
      expect(uploads.map(({ method }) => method).sort()).toEqual([
        ...Array<string>(11).fill('PATCH'),
        ...Array<string>(11).fill('POST'),
      ]);
      for (const { location = '' } of uploads)
        expect(location.replace(proxy.url, '')).toMatch(/^\/v2\/acme\/ten\/blobs\/uploads\/[^/]+$/);
      const clean = new SkopeoClient(registry);
      await clean.signIn(alice);
      expect(await pull(clean, 'acme/ten', '1')).toEqual(digestsOf(image));
      expect(await inspectRaw('acme/ten', '1')).toBe(image.manifest.bytes.toString());
      const inspected = await skopeo.ask('inspect', skopeo.at('acme/ten', '1'));
      expect(JSON.parse(inspected.stdout)).toMatchObject({
        Digest: image.manifest.digest,
        Labels: { 'org.example.who': 'alice' },
      });
      const headers = { accept: image.manifest.mediaType };
      const head = await registry.http(alice).send('HEAD', '/v2/acme/ten/manifests/1', { headers });
      expect(head.headers['content-type']).toBe(image.manifest.mediaType);
      if (!has(target, 'tokens')) return;
      expect(await ask('acme/ten')).toMatchObject({ visibility: 'private' });
      expect(await ask('acme/ten', '/versions')).toMatchObject([
        { version: image.manifest.digest, tags: ['1'] },
      ]);
    });

    it('pulls by digest what it pushed by tag', async () => {
      const image = await buildHelloImage('by digest');
      await push(image, 'acme/digest', '1');
      expect(await pull(skopeo, 'acme/digest', image.manifest.digest)).toEqual(digestsOf(image));
    });

    it('8: pushes an index of two platforms with attestations as one version, and pulls all of it or one platform', async () => {
      const image = await buildMultiPlatformImage('multi');
      await push(image, 'acme/multi', '1', '--all');
      expect(await pull(skopeo, 'acme/multi', '1', '--all')).toEqual(digestsOf(image));
      const folder = makeTemporaryFolder('arm64');
      const from = skopeo.at('acme/multi', '1');
      await skopeo.run([
        ...['--override-arch', 'arm64', 'copy', ...skopeo.policy, '--src-tls-verify=false'],
        ...[from, `oci:${folder}:it`],
      ]);
      const [, arm64] = image.children;
      expect(readLayout(folder)).toEqual(digestsOf(arm64 as BuiltImage));
      if (!has(target, 'referrers')) return;
      const [version, ...others] = await ask<{ tags: string[]; platforms: string[] }[]>(
        'acme/multi',
        '/versions',
      );
      expect(others).toEqual([]);
      expect(version).toMatchObject({ tags: ['1'], platforms: ['linux/amd64', 'linux/arm64'] });
      for (const attestation of image.children.slice(2)) {
        const again = await sendManifest(registry.http(alice), 'acme/multi', attestation.manifest);
        const { subject } = JSON.parse(attestation.manifest.bytes.toString()) as { subject: Descriptor };
        expect([again.status, again.headers['oci-subject']]).toEqual([201, subject.digest]);
      }
    });

    it('lists the tags of an image, one for each push', async () => {
      for (const tag of ['v1', 'v2', 'latest']) await push(await buildHelloImage(tag), 'acme/tags', tag);
      expect((await skopeo.listTags('acme/tags')).sort()).toEqual(['latest', 'v1', 'v2']);
    });

    it('moves a tag to another image and still finds the first by its digest', async () => {
      const [first, second] = [await buildHelloImage('first'), await buildHelloImage('second')];
      await push(first, 'acme/moved', 'latest');
      await push(second, 'acme/moved', 'latest');
      expect(await pull(skopeo, 'acme/moved', 'latest')).toEqual(digestsOf(second));
      expect(await pull(skopeo, 'acme/moved', first.manifest.digest)).toEqual(digestsOf(first));
    });

    it('13: copies an image to a sister repository inside of the registry', async () => {
      const image = await buildHelloImage('shared', { layers: 4 });
      await push(image, 'acme/source', '1');
      await skopeo.copy(skopeo.at('acme/source', '1'), skopeo.at('acme/sister', '1'));
      expect(await pull(skopeo, 'acme/sister', '1')).toEqual(digestsOf(image));
    });

    it('keeps the format of Docker when asked to convert to it', async () => {
      await push(await buildHelloImage('converted'), 'acme/converted', '1', '--format', 'v2s2');
      const manifest = JSON.parse(await inspectRaw('acme/converted', '1')) as { mediaType: string };
      expect(manifest.mediaType).toBe(mediaTypes.dockerManifest);
      expect((await pull(skopeo, 'acme/converted', '1')).size).toBe(3);
    });

    it('pushes and pulls layers that are compressed with Zstandard or not at all', async () => {
      const layers = [
        await buildLayer({ 'a.txt': 'as it is' }, { compression: 'none' }),
        await buildLayer({ 'b.txt': 'z'.repeat(300_000) }, { compression: 'zstd' }),
      ];
      const image = buildImage({ layers });
      await push(image, 'acme/zstd', '1', '--preserve-digests');
      expect(await pull(skopeo, 'acme/zstd', '1', '--preserve-digests')).toEqual(digestsOf(image));
    });

    it('36: deletes the image behind a tag and with it every other tag of that image', async () => {
      const image = await buildHelloImage('deleted');
      for (const tag of ['1', 'also']) await push(image, 'acme/deleted', tag);
      await push(await buildHelloImage('kept'), 'acme/deleted', 'kept');
      await skopeo.ask('delete', skopeo.at('acme/deleted', '1'));
      expect(await skopeo.listTags('acme/deleted')).toEqual(['kept']);
      await expect(pull(skopeo, 'acme/deleted', 'also')).rejects.toThrow(
        /manifest unknown|not found|no .*also/i,
      );
    });

    it('syncs every tag of a repository to a folder, and a folder to another repository', async () => {
      const images = { v1: await buildHelloImage('sync 1'), v2: await buildHelloImage('sync 2') };
      for (const [tag, image] of Object.entries(images)) await push(image, 'acme/synced', tag);
      const folder = makeTemporaryFolder('sync');
      const flags = ['sync', ...skopeo.policy, '--src-tls-verify=false', '--dest-tls-verify=false'];
      const from = skopeo.nameOf('acme/synced');
      await skopeo.run([...flags, '--src', 'docker', '--dest', 'dir', from, folder]);
      for (const [tag, image] of Object.entries(images)) {
        const manifest = readFileSync(join(folder, `synced:${tag}`, 'manifest.json'));
        expect(manifest.equals(image.manifest.bytes)).toBe(true);
      }
      await skopeo.run([...flags, '--src', 'dir', '--dest', 'docker', folder, skopeo.nameOf('acme/mirror')]);
      expect((await skopeo.listTags('acme/mirror/synced')).sort()).toEqual(['v1', 'v2']);
    });

    it('6: lets everybody pull a public image without signing in', async () => {
      const image = await buildHelloImage('public');
      await push(image, 'acme/public', '1');
      await registry.makePublic(alice, 'acme/public');
      expect(await pull(stranger, 'acme/public', '1')).toEqual(digestsOf(image));
    });

    it('7: refuses a private image to strangers in the words that it has for one that does not exist', async () => {
      await push(await buildHelloImage('private'), 'acme/private', '1');
      const messageOf = (name: string) =>
        pull(stranger, name, '1').then(
          () => 'was pulled',
          (error: ClientError) =>
            error.result.output.replaceAll(name.slice(5), 'NAME').replace(/time="[^"]*"/g, ''),
        );
      const message = await messageOf('acme/private');
      expect(message).toMatch(/unauthorized|denied|authentication required/i);
      expect(message).toBe(await messageOf('acme/missing'));
    });

    it('refuses a push to what somebody else owns', async () => {
      const bob = new SkopeoClient(registry);
      await bob.signIn(await registry.createUser('bob'));
      const layout = writeLayout({ it: await buildHelloImage('intruder') });
      await expect(bob.copy(`oci:${layout}:it`, bob.at('acme/ten', 'mine'))).rejects.toThrow(
        /unauthorized|denied|authentication required/i,
      );
      expect(await skopeo.listTags('acme/ten')).toEqual(['1']);
    });

    if (has(target, 'tokens')) {
      it('brings images to the older registry, whose images belong to repositories, and pulls those that moved', async () => {
        const api = PlatformApi.withPassword(registry.url, alice.login, alice.password);
        await api.call('POST', '/repositories', { owner: 'acme', name: 'tools' });
        const client = new SkopeoClient(older);
        await client.signIn(await registry.withScopes(alice, ['repo', 'write:packages']));
        const image = await buildHelloImage('of a repository');
        await client.copy(`oci:${writeLayout({ it: image })}:it`, client.at('acme/tools/app', '1'));
        expect(await pull(client, 'acme/tools/app', '1')).toEqual(digestsOf(image));
        await expect(pull(skopeo, 'acme/tools/app', '1')).rejects.toThrow(
          /name unknown|denied|unauthorized/i,
        );
        const moved = await buildHelloImage('moved to its owner');
        await push(moved, 'acme/tools/moved', '1');
        expect(await pull(client, 'acme/tools/moved', '1')).toEqual(digestsOf(moved));
        const other = new SkopeoClient(older);
        const sam = await registry.createUser('sam');
        await other.signIn(await registry.withScopes(sam, ['repo', 'write:packages']));
        await expect(pull(other, 'acme/tools/app', '1')).rejects.toThrow(ClientError);
      });

      it('55: prints why a layer is refused for which its owner has no room, leaves nothing of it, and pushes what fits', async () => {
        const platform = registry.platform!;
        await platform.api.setStorageLimit('small', 10_000_000);
        const imageOf = async (size: number) =>
          buildImage({ layers: [await buildLayer({ noise: randomBytes(size) }, { compression: 'none' })] });
        const pushAsIs = (image: BuiltImage, tag: string) =>
          push(image, 'small/app', tag, '--preserve-digests');
        const before = await platform.listStored();
        await expect(pushAsIs(await imageOf(40_000_000), '1')).rejects.toThrow(
          /denied: [^\n]*may store 10 MB; [^\n]*Delete versions/,
        );
        expect(await platform.listStored()).toEqual(before);
        expect(await platform.api.getStorage('small')).toMatchObject({ used: 0, reserved: 0 });
        const fitting = await imageOf(9_900_000);
        await pushAsIs(fitting, '2');
        expect(await pull(skopeo, 'small/app', '2', '--preserve-digests')).toEqual(digestsOf(fitting));
        await pushAsIs(fitting, '3');
        expect(await skopeo.listTags('small/app')).toEqual(['2', '3']);
      });

      it('pulls and does not push with a token that only reads, and says what the token lacks', async () => {
        const reader = new SkopeoClient(registry);
        await reader.signIn(await registry.withScopes(alice, ['read:packages']));
        await push(await buildHelloImage('read'), 'acme/read', '1');
        expect((await pull(reader, 'acme/read', '1')).size).toBe(3);
        const layout = writeLayout({ it: await buildHelloImage('not written') });
        await expect(reader.copy(`oci:${layout}:it`, reader.at('acme/read', '2'))).rejects.toThrow(
          /write:packages/,
        );
      });
    }
  });
