import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildMultiPlatformImage,
  ClientError,
  DockerClient,
  makeHello,
  makeTemporaryFolder,
  mediaTypes,
  ownArchitecture,
  packFiles,
  PlatformApi,
  pushImage,
  removeTemporaryFolders,
  selectPrograms,
} from '@packhouse/testing';
import { HostNameProxy } from './support/host-name-proxy';
import {
  has,
  selectTargets,
  startRegistry,
  type ContainerRegistry,
  type TestAccount,
} from './support/registry-under-test';

jest.setTimeout(180_000);

for (const program of selectPrograms(['dockerd']))
  describe.each(selectTargets())(`docker with its engine (${program}) against the %s registry`, (target) => {
    let registry: ContainerRegistry;
    let alice: TestAccount;
    let docker: DockerClient;
    /** The registry of repositories, as what is before the product gives it a name of its own. */
    let older: HostNameProxy;

    beforeAll(async () => {
      registry = await startRegistry(target);
      older = await HostNameProxy.start(`${registry.url}/_registry/docker`, `docker.${registry.host}`);
      alice = await registry.createUser('alice', ['acme', 'small']);
      docker = await DockerClient.start(registry);
      await docker.signIn(alice);
    });

    afterAll(async () => {
      await docker?.stop();
      await older?.stop();
      await registry?.stop();
      removeTemporaryFolders();
    });

    /** Imports an image whose program prints a line. */
    async function importHello(line: string, name: string): Promise<void> {
      const archive = join(makeTemporaryFolder('import'), 'rootfs.tar');
      const program = { content: makeHello(line), mode: 0o755 };
      writeFileSync(archive, await packFiles({ 'bin/hello': program }));
      await docker.run(['import', '--change', 'CMD ["/bin/hello"]', archive, name]);
    }

    /** A folder with a Dockerfile for the same, one layer more for each text. */
    function writeContext(line: string, texts: readonly string[] = []): string {
      const folder = makeTemporaryFolder('context');
      writeFileSync(join(folder, 'hello'), makeHello(line), { mode: 0o755 });
      texts.forEach((text, index) => writeFileSync(join(folder, `text-${index}`), text));
      const copies = texts.map((_, index) => `COPY text-${index} /texts/${index}`);
      const steps = ['FROM scratch', ...copies, 'COPY hello /hello', 'CMD ["/hello"]'];
      writeFileSync(join(folder, 'Dockerfile'), `${steps.join('\n')}\n`);
      return folder;
    }

    const runImage = async (name: string) =>
      (await docker.run(['run', '--rm', '--network', 'none', name])).stdout.trim();

    async function read(
      name: string,
      reference: string,
    ): Promise<{ mediaType: string; manifests?: unknown[] }> {
      const headers = { accept: Object.values(mediaTypes).join(', ') };
      const answer = await registry
        .http(alice)
        .send('GET', `/v2/${name}/manifests/${reference}`, { headers });
      return answer.json();
    }

    it('5: is told at login when the secret is wrong, and stays signed in with the right one', async () => {
      const wrong = await docker.attemptSignIn({ login: 'alice', secret: 'not-this' });
      expect(wrong.code).not.toBe(0);
      expect(wrong.output).toMatch(/unauthorized|denied|incorrect/i);
      expect((await docker.signIn(alice)).output).toContain('Login Succeeded');
    });

    it('pushes an imported image, pulls it where it was forgotten, and runs it', async () => {
      const name = docker.nameOf('acme/imported', '1.0');
      await importHello('hello from an import', name);
      await docker.run(['push', name]);
      await docker.forget(name);
      await docker.run(['pull', name]);
      expect(await runImage(name)).toBe('hello from an import');
      expect((await read('acme/imported', '1.0')).mediaType).toBe(mediaTypes.dockerManifest);
    });

    it('builds from nothing, pushes, pulls by digest, and runs it', async () => {
      const name = docker.nameOf('acme/built', '1.0');
      await docker.run(['build', '-t', name, writeContext('hello from a build', ['one', 'two', 'three'])]);
      const pushed = await docker.run(['push', name]);
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed.output)?.[1] ?? '';
      await docker.forget(name);
      await docker.run(['pull', docker.nameOf('acme/built', digest)]);
      expect(await runImage(docker.nameOf('acme/built', digest))).toBe('hello from a build');
    });

    it('13: mounts the layers that a sister repository has', async () => {
      const [first, second] = [docker.nameOf('acme/first', '1'), docker.nameOf('acme/second', '1')];
      await docker.run(['build', '-t', first, '-t', second, writeContext('shared', ['a layer', 'another'])]);
      await docker.run(['push', first]);
      expect((await docker.run(['push', second])).output).toContain('Mounted from acme/first');
      await docker.forget(first, second);
      await docker.run(['pull', second]);
      expect(await runImage(second)).toBe('shared');
    });

    it('pushes nothing again when only the tag is new', async () => {
      const [one, two] = [docker.nameOf('acme/tagged', '1'), docker.nameOf('acme/tagged', '2')];
      await docker.run(['build', '-t', one, '-t', two, writeContext('tagged', ['x'])]);
      await docker.run(['push', one]);
      const { output } = await docker.run(['push', two]);
      expect(output).toContain('Layer already exists');
      expect(output).not.toContain('Pushed');
    });

    it('makes a manifest list of two images and pulls the one for this machine', async () => {
      const names = ['amd64', 'arm64'].map((architecture) => docker.nameOf('acme/list', architecture));
      for (const [index, architecture] of ['amd64', 'arm64'].entries()) {
        const name = names[index] ?? '';
        await importHello(`list ${architecture}`, name);
        await docker.run(['push', name]);
      }
      const list = docker.nameOf('acme/list', 'all');
      await docker.run(['manifest', 'create', '--insecure', list, ...names]);
      for (const [index, architecture] of ['amd64', 'arm64'].entries())
        await docker.run(['manifest', 'annotate', '--arch', architecture, list, names[index] ?? '']);
      await docker.run(['manifest', 'push', '--insecure', '--purge', list]);
      const { mediaType, manifests } = await read('acme/list', 'all');
      expect(mediaType).toBe(mediaTypes.dockerList);
      expect(manifests).toHaveLength(2);
      await docker.forget(...names);
      await docker.run(['pull', list]);
      expect(await runImage(list)).toBe(`list ${ownArchitecture}`);
    });

    it('8: runs the platform of this machine out of an index with attestations', async () => {
      const image = await buildMultiPlatformImage('index');
      await pushImage(registry.http(alice), 'acme/index', image, '1');
      const name = docker.nameOf('acme/index', '1');
      await docker.run(['pull', name]);
      expect(await runImage(name)).toBe(`index ${ownArchitecture}`);
    });

    it('6, 7: pulls a public image after signing out, and is told why a private one is refused', async () => {
      const [open, closed] = [docker.nameOf('acme/open', '1'), docker.nameOf('acme/closed', '1')];
      for (const name of [open, closed]) {
        await importHello('for some', name);
        await docker.run(['push', name]);
        await docker.forget(name);
      }
      await registry.makePublic(alice, 'acme/open');
      await docker.run(['logout', registry.host]);
      await docker.run(['pull', open]);
      expect(await runImage(open)).toBe('for some');
      const refusal: unknown = await docker.run(['pull', closed]).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(ClientError);
      expect(String(refusal)).toMatch(/denied|unauthorized|no basic auth|authentication required/i);
      await docker.signIn(alice);
    });

    if (has(target, 'tokens')) {
      it('pushes to the older registry, whose images belong to repositories, and runs what it pulls', async () => {
        const api = PlatformApi.withPassword(registry.url, alice.login, alice.password);
        await api.call('POST', '/repositories', { owner: 'acme', name: 'tools' });
        const { login, secret } = await registry.withScopes(alice, ['repo', 'write:packages']);
        await docker.run(['login', '-u', login, '-p', secret, older.host]);
        const name = `${older.host}/acme/tools/hello:1.0`;
        await importHello('hello from a repository', name);
        await docker.run(['push', name]);
        await docker.forget(name);
        await docker.run(['pull', name]);
        expect(await runImage(name)).toBe('hello from a repository');
      });

      it('55: is told that the owner has no room for a layer, leaves nothing of it, and pushes what fits', async () => {
        const platform = registry.platform!;
        await platform.api.setStorageLimit('small', 10_000_000);
        const [large, fitting] = [docker.nameOf('small/app', 'large'), docker.nameOf('small/app', '1')];
        const archive = join(makeTemporaryFolder('large'), 'rootfs.tar');
        writeFileSync(archive, await packFiles({ noise: randomBytes(40_000_000) }));
        await docker.run(['import', archive, large]);
        const before = await platform.listStored();
        await expect(docker.run(['push', large])).rejects.toThrow(
          /denied: [^\n]*may store 10 MB; [^\n]*Delete versions/,
        );
        expect(await platform.listStored()).toEqual(before);
        expect(await platform.api.getStorage('small')).toMatchObject({ used: 0, reserved: 0 });
        await importHello('it fits', fitting);
        await docker.run(['push', fitting]);
        await docker.forget(large, fitting);
        await docker.run(['pull', fitting]);
        expect(await runImage(fitting)).toBe('it fits');
      });

      it('is told that it may not push with a token that only reads', async () => {
        const name = docker.nameOf('acme/lacking', '1');
        await importHello('never pushed', name);
        await docker.signIn(await registry.withScopes(alice, ['read:packages']));
        // in its own words: it shows the registry's only for other refusals
        await expect(docker.run(['push', name])).rejects.toThrow(/denied/);
        await docker.signIn(alice);
      });
    }
  });
