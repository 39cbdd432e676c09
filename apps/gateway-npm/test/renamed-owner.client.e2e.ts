import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  NpmClient,
  PlatformApi,
  removeTemporaryFolders,
  selectClients,
  selectModes,
  startPlatform,
  waitUntil,
  writePackage,
  writeProject,
  type RunningPlatform,
} from '@packhouse/testing';

jest.setTimeout(240_000);

const password = 'a-long-enough-password';

interface Manifest {
  readonly name: string;
  readonly _id: string;
  readonly deprecated?: string;
  readonly dist: { readonly tarball: string };
}

/** Packages move to the new name of their owner (spec P-30): versions that were published before it as well. */
describe.each(selectModes())('packages of an owner that was renamed, %s', (mode) => {
  let platform: RunningPlatform;
  let token: string;

  beforeAll(async () => {
    platform = await startPlatform({ mode });
    await platform.api.createUser('olga', password);
    const olga = PlatformApi.withPassword(platform.url, 'olga', password);
    await olga.createOrganization('acme');
    token = (await olga.createToken({ scopes: ['read:packages', 'write:packages'] })).token;
  });
  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  });

  const read = (path: string, headers: Record<string, string> = { authorization: `Bearer ${token}` }) =>
    fetch(`${platform.url}/_registry/npm/${path}`, { headers });

  async function rename(from: string, to: string): Promise<void> {
    const authorization = `Basic ${Buffer.from(`${platform.adminLogin}:${platform.adminPassword}`).toString('base64')}`;
    const answer = await fetch(`${platform.url}/api/v3/admin/organizations/${from}`, {
      method: 'PATCH',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ login: to }),
    });
    expect(answer.status).toBe(202);
    await waitUntil('The package has followed', async () => (await read(`@${to}/lib`)).status === 200);
  }

  describe.each(selectClients(['npm-11'] as const))('with %s', (name) => {
    const npm = (scope: string): NpmClient =>
      new NpmClient(name, { registry: `${platform.url}/_registry/npm`, scopes: [scope], token });

    it('are installed, locked and published under the new name only', async () => {
      const before = npm('@acme');
      for (const version of ['1.0.0', '1.1.0'])
        await before.publish(
          writePackage({
            name: '@acme/lib',
            version,
            manifest: { description: 'a library' },
            files: { 'README.md': '# lib' },
          }),
        );
      await before.run(['deprecate', '@acme/lib@1.0.0', 'old']);
      await rename('acme', 'apex');

      for (const accept of ['application/json', 'application/vnd.npm.install-v1+json']) {
        const answer = await read('@apex/lib', { authorization: `Bearer ${token}`, accept });
        const text = await answer.text();
        expect(text).not.toContain('acme');
        const { versions } = JSON.parse(text) as { versions: Record<string, Manifest> };
        expect(versions['1.0.0']).toMatchObject({
          name: '@apex/lib',
          deprecated: 'old',
          dist: { tarball: `${platform.url}/_registry/npm/@apex/lib/-/lib-1.0.0.tgz` },
        });
      }
      expect(await (await read('@apex/lib/1.1.0')).json()).toMatchObject({
        name: '@apex/lib',
        _id: '@apex/lib@1.1.0',
      });

      const after = npm('@apex');
      const project = writeProject();
      await after.install(project, ['@apex/lib@1.0.0']);
      const lock = readFileSync(join(project, 'package-lock.json'), 'utf8');
      expect(lock).toContain('/@apex/lib/-/lib-1.0.0.tgz');
      await after.reinstall(project);
      const listed = await after.run(['ls', '--json'], { cwd: project });
      expect(JSON.parse(listed.stdout)).toMatchObject({
        dependencies: { '@apex/lib': { version: '1.0.0' } },
      });
      await after.publish(writePackage({ name: '@apex/lib', version: '2.0.0' }));
      await after.install(project, ['@apex/lib@2.0.0']);
      const viewed = await after.run(['view', '@apex/lib', 'versions', '--json']);
      expect(JSON.parse(viewed.stdout)).toEqual(['1.0.0', '1.1.0', '2.0.0']);
    });

    it('are not there under the old name, for documents, tarballs and clients', async () => {
      for (const path of [
        '@acme/lib',
        '@acme/lib/1.0.0',
        '@acme/lib/-/lib-1.0.0.tgz',
        '@apex/lib/-/@acme/lib-1.0.0.tgz',
      ])
        expect([path, (await read(path)).status, (await read(path, {})).status]).toEqual([
          path,
          404,
          path.startsWith('@apex') ? 404 : 401,
        ]);
      const refused = await npm('@acme').attempt(['install', '@acme/lib'], { cwd: writeProject() });
      expect(refused.output).toContain('E404');
    });

    it('are those of before when the owner takes the old name back', async () => {
      await rename('apex', 'acme');
      const { versions } = (await (await read('@acme/lib')).json()) as { versions: Record<string, Manifest> };
      expect(Object.values(versions).map((one) => one.name)).toEqual(['@acme/lib', '@acme/lib', '@acme/lib']);
      const project = writeProject();
      await npm('@acme').install(project, ['@acme/lib@1.1.0', '@acme/lib@2.0.0']);
    });
  });
});
