import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildHelloImage,
  ClientError,
  DockerClient,
  listContents,
  makeHello,
  makeTemporaryFolder,
  packFiles,
  PlatformApi,
  readLayout,
  removeTemporaryFolders,
  selectPrograms,
  SkopeoClient,
  writeLayout,
} from '@packhouse/testing';
import { HostNameProxy } from './support/host-name-proxy';
import { startRegistry, type ContainerRegistry, type TestAccount } from './support/registry-under-test';

jest.setTimeout(180_000);

let registry: ContainerRegistry;
/** The older registry, by its host name. */
let older: HostNameProxy;
/** The registry of owners, by its own. */
let current: HostNameProxy;
let alice: TestAccount;
let stranger: TestAccount;

beforeAll(async () => {
  registry = await startRegistry('embedded', {
    PACKHOUSE_SUBDOMAINS: 'on',
    PACKHOUSE_URL: 'http://packages.example.com',
  });
  older = await HostNameProxy.start(registry.url, 'docker.packages.example.com');
  current = await HostNameProxy.start(registry.url, 'containers.packages.example.com');
  // Packages of repositories are for tokens that reach repositories.
  const scopes = ['repo', 'write:packages'];
  alice = await registry.withScopes(await registry.createUser('alice', ['acme']), scopes);
  stranger = await registry.withScopes(await registry.createUser('sam'), scopes);
  const api = PlatformApi.withPassword(registry.url, alice.login, alice.password);
  await api.call('POST', '/repositories', { owner: 'acme', name: 'tools' });
});

afterAll(async () => {
  await older?.stop();
  await current?.stop();
  await registry?.stop();
  removeTemporaryFolders();
});

for (const program of selectPrograms(['skopeo']))
  describe(`the registry of repositories, by ${program}`, () => {
    let skopeo: SkopeoClient;
    beforeAll(async () => {
      skopeo = new SkopeoClient(older);
      await skopeo.signIn(alice);
    });

    it('takes an image of a repository and gives the same bytes, to those who may read that', async () => {
      const image = await buildHelloImage('of a repository', { layers: 3 });
      const at = skopeo.at('acme/tools/app', '1');
      await skopeo.copy(`oci:${writeLayout({ it: image })}:it`, at);
      const folder = makeTemporaryFolder('pulled');
      await skopeo.copy(at, `oci:${folder}:it`);
      expect(readLayout(folder)).toEqual(new Set(listContents(image).map(({ digest }) => digest)));
      const { stdout } = await skopeo.ask('list-tags', skopeo.at('acme/tools/app'));
      expect(JSON.parse(stdout)).toMatchObject({ Tags: ['1'] });
      const other = new SkopeoClient(older);
      await other.signIn(stranger);
      await expect(other.copy(at, `oci:${makeTemporaryFolder('refused')}:it`)).rejects.toThrow(ClientError);
    });

    it('gives images that moved to the registry of owners', async () => {
      const image = await buildHelloImage('moved');
      const owners = new SkopeoClient(current);
      await owners.signIn(alice);
      await owners.copy(`oci:${writeLayout({ it: image })}:it`, owners.at('acme/tools/moved', '1'));
      const folder = makeTemporaryFolder('pulled');
      await skopeo.copy(skopeo.at('acme/tools/moved', '1'), `oci:${folder}:it`);
      expect(readLayout(folder)).toEqual(new Set(listContents(image).map(({ digest }) => digest)));
    });

    it('takes no image of a repository that is not there', async () => {
      const layout = `oci:${writeLayout({ it: await buildHelloImage('of nothing') })}:it`;
      await expect(skopeo.copy(layout, skopeo.at('acme/nothing/app', '1'))).rejects.toThrow(/denied/);
    });
  });

for (const program of selectPrograms(['dockerd']))
  describe(`the registry of repositories, by docker with its engine (${program})`, () => {
    let docker: DockerClient;
    beforeAll(async () => {
      docker = await DockerClient.start(older);
      await docker.signIn(alice);
    });
    afterAll(() => docker?.stop());

    it('takes an image, and gives it to whoever runs it', async () => {
      const name = docker.nameOf('acme/tools/hello', '1.0');
      const archive = join(makeTemporaryFolder('import'), 'rootfs.tar');
      const content = makeHello('hello from a repository');
      writeFileSync(archive, await packFiles({ 'bin/hello': { content, mode: 0o755 } }));
      await docker.run(['import', '--change', 'CMD ["/bin/hello"]', archive, name]);
      await docker.run(['push', name]);
      await docker.forget(name);
      await docker.run(['pull', name]);
      const { stdout } = await docker.run(['run', '--rm', '--network', 'none', name]);
      expect(stdout.trim()).toBe('hello from a repository');
    });
  });
