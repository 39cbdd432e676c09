import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BuildahClient,
  HelmClient,
  makeHello,
  makeTemporaryFolder,
  mediaTypes,
  PodmanClient,
  removeTemporaryFolders,
  selectClients,
  selectPrograms,
} from '@packhouse/testing';
import {
  has,
  selectTargets,
  startRegistry,
  type ContainerRegistry,
  type TestAccount,
} from './support/registry-under-test';

jest.setTimeout(180_000);

/** A folder with a Containerfile for an image that prints a line. */
function writeContext(line: string): string {
  const folder = makeTemporaryFolder('context');
  mkdirSync(join(folder, 'bin'));
  for (const architecture of ['amd64', 'arm64'] as const)
    writeFileSync(join(folder, 'bin', architecture), makeHello(line, architecture), { mode: 0o755 });
  const steps = ['FROM scratch', 'ARG TARGETARCH', 'COPY bin/$TARGETARCH /hello', 'CMD ["/hello"]'];
  writeFileSync(join(folder, 'Containerfile'), `${steps.join('\n')}\n`);
  return folder;
}

interface Manifest {
  readonly mediaType: string;
  readonly manifests?: readonly { readonly platform: { readonly architecture: string } }[];
  readonly layers?: readonly { readonly mediaType: string }[];
}

describe.each(selectTargets())('tools that build, against the %s registry', (target) => {
  let registry: ContainerRegistry;
  let alice: TestAccount;

  beforeAll(async () => {
    registry = await startRegistry(target);
    alice = await registry.createUser('alice', ['acme']);
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  /** The manifest as the registry has it. */
  async function read(name: string, tag: string): Promise<Manifest> {
    const accept = Object.values(mediaTypes).join(', ');
    const answer = await registry
      .http(alice)
      .send('GET', `/v2/${name}/manifests/${tag}`, { headers: { accept } });
    expect(answer.status).toBe(200);
    return answer.json();
  }

  for (const program of selectPrograms(['buildah']))
    describe(program, () => {
      it('builds for two platforms, pushes the list, and pulls the one it is asked for', async () => {
        const buildah = new BuildahClient(registry);
        await buildah.signIn(alice);
        const name = buildah.nameOf('acme/buildah', 'multi');
        const platforms = ['--platform', 'linux/amd64,linux/arm64'];
        await buildah.run(['bud', ...platforms, '--manifest', name, writeContext('built')]);
        await buildah.run(['manifest', 'push', '--all', '--tls-verify=false', name, `docker://${name}`]);
        const { manifests = [] } = await read('acme/buildah', 'multi');
        expect(manifests.map(({ platform }) => platform.architecture).sort()).toEqual(['amd64', 'arm64']);
        const other = new BuildahClient(registry);
        await other.signIn(alice);
        await other.run(['pull', '--arch', 'arm64', name]);
        const inspected = await other.run(['inspect', '--type', 'image', name]);
        expect(JSON.parse(inspected.stdout)).toMatchObject({ OCIv1: { architecture: 'arm64' } });
      });

      it('commits a container and pushes it', async () => {
        const buildah = new BuildahClient(registry);
        await buildah.signIn(alice);
        const container = (await buildah.run(['from', 'scratch'])).stdout.trim();
        await buildah.run(['copy', container, join(writeContext('committed'), 'bin'), '/bin']);
        const name = buildah.nameOf('acme/committed', '1');
        await buildah.run(['commit', container, name]);
        await buildah.run(['push', name]);
        expect((await read('acme/committed', '1')).mediaType).toBe(mediaTypes.manifest);
      });
    });

  for (const program of selectPrograms(['podman']))
    describe(program, () => {
      it('builds, pushes, and pulls on another machine', async () => {
        const podman = new PodmanClient(registry);
        await podman.signIn(alice);
        const name = podman.nameOf('acme/podman', '1');
        const context = writeContext('by podman');
        await podman.run([
          'build',
          '--isolation',
          'chroot',
          '--build-arg',
          'TARGETARCH=amd64',
          '-t',
          name,
          context,
        ]);
        await podman.run(['push', name]);
        const other = new PodmanClient(registry);
        await other.signIn(alice);
        await other.run(['pull', name]);
        const idOf = async (client: PodmanClient) =>
          (await client.run(['image', 'inspect', '--format', '{{.Id}}', name])).stdout;
        expect(await idOf(other)).toBe(await idOf(podman));
      });

      it.each([
        {
          form: 'zstd',
          flags: ['--compression-format', 'zstd'],
          manifest: mediaTypes.manifest,
          layer: mediaTypes.zstdLayer,
        },
        {
          form: 'docker',
          flags: ['--format', 'v2s2'],
          manifest: mediaTypes.dockerManifest,
          layer: mediaTypes.dockerLayer,
        },
      ])(
        'pushes in the form $form, which another machine pulls',
        async ({ form, flags, manifest, layer }) => {
          const podman = new PodmanClient(registry);
          await podman.signIn(alice);
          const local = 'localhost/own:1';
          // Each form has layers of its own: podman remembers in which forms it pushed a layer, whoever pushed it.
          const context = writeContext(`as ${form}`);
          await podman.run([
            'build',
            '--isolation',
            'chroot',
            '--build-arg',
            'TARGETARCH=amd64',
            '-t',
            local,
            context,
          ]);
          await podman.run(['push', ...flags, local, podman.nameOf('acme/forms', form)]);
          const { mediaType, layers = [] } = await read('acme/forms', form);
          expect(mediaType).toBe(manifest);
          expect(layers.map((each) => each.mediaType)).toEqual([layer]);
          const other = new PodmanClient(registry);
          await other.signIn(alice);
          await other.run(['pull', other.nameOf('acme/forms', form)]);
        },
      );

      it('is refused without signing in, in words that tell what to do', async () => {
        const podman = new PodmanClient(registry);
        const refused = await podman.attempt(['pull', podman.nameOf('acme/podman', '1')]);
        expect(refused.code).not.toBe(0);
        expect(refused.output).toMatch(/unauthorized|denied|authentication required/i);
      });
    });

  for (const client of selectClients(['helm']))
    describe(client, () => {
      let helm: HelmClient;

      beforeAll(async () => {
        helm = new HelmClient(registry);
        await helm.signIn(alice);
      });

      it('5: signs in, and is told when the secret is wrong', async () => {
        const wrong = await new HelmClient(registry).attemptSignIn({ login: 'alice', secret: 'not-this' });
        expect(wrong.code).not.toBe(0);
        expect(wrong.output).toMatch(/401|unauthorized|denied/i);
      });

      it('38: pushes a chart, shows it and pulls the same file, which is known as a chart', async () => {
        const packed = await helm.packChart('web', '1.2.3');
        await helm.push(packed, 'acme/charts');
        const at = ['--plain-http', `oci://${registry.host}/acme/charts/web`, '--version', '1.2.3'];
        expect((await helm.run(['show', 'chart', ...at])).stdout).toContain('What web runs.');
        expect((await helm.run(['template', ...at])).stdout).toContain('greeting: hello');
        const folder = makeTemporaryFolder('chart');
        const pulled = await helm.run(['pull', ...at, '-d', folder]);
        expect(pulled.output).toMatch(/Digest: sha256:[0-9a-f]{64}/);
        expect(readFileSync(join(folder, 'web-1.2.3.tgz')).equals(readFileSync(packed))).toBe(true);
        if (!has(target, 'tokens')) return;
        const versions = `${registry.url}/api/packhouse/v1/packages/acme/container/charts%2Fweb/versions`;
        const headers = { authorization: `Bearer ${alice.secret}` };
        const [listed] = (await (await fetch(versions, { headers })).json()) as { number: number }[];
        const shown = await fetch(`${versions}/${listed?.number}`, { headers });
        expect(await shown.json()).toMatchObject({
          ...{ tags: ['1.2.3'], platforms: [] },
          properties: { artifactType: 'application/vnd.cncf.helm.config.v1+json' },
        });
      });

      it('38: writes the plus of a version as an underscore, and finds it again by the version and by a range', async () => {
        await helm.push(await helm.packChart('build', '0.1.0+build.5'), 'acme/charts');
        const show = async (version: string) => {
          const at = ['--plain-http', `oci://${registry.host}/acme/charts/build`, '--version', version];
          return (await helm.run(['show', 'chart', ...at])).stdout;
        };
        expect(await show('0.1.0+build.5')).toContain('version: 0.1.0+build.5');
        expect(await show('>=0.0.1')).toContain('version: 0.1.0+build.5');
        const tags = await registry.http(alice).send('GET', '/v2/acme/charts/build/tags/list');
        expect(tags.json<{ tags: string[] }>().tags).toEqual(['0.1.0_build.5']);
      });
    });
});
