import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildPackage,
  ClientError,
  DenoClient,
  makeClient,
  makeTemporaryFolder,
  putVersion,
  removeTemporaryFolders,
  selectClients,
  writePackage,
  writeProject,
  type PackageManagerName,
  type RegistryClient,
} from '@packhouse/testing';
import {
  has,
  selectTargets,
  startRegistry,
  type RegistryUnderTest,
  type TestAccount,
} from './support/registry-under-test';

jest.setTimeout(240_000);

const publishers = selectClients([
  'npm-6',
  'npm-8',
  'npm-10',
  'npm-11',
  'pnpm-10',
  'pnpm-12',
  'yarn-1',
  'yarn-4',
  'bun',
]);
const denos = selectClients(['deno']);

/** Scopes that Verdaccio's configuration reads as private; for the product they are names like any other. */
const privateScope = (name: PackageManagerName) => `@private-${name}`;

const readInstalled = (project: string, name: string) =>
  readFileSync(join(project, 'node_modules', name, 'index.js'), 'utf8');

describe.each(selectTargets())('package managers against the %s registry', (target) => {
  let registry: RegistryUnderTest;
  let alice: TestAccount;
  const scopes = publishers.flatMap((name) => [`@org-${name}`, privateScope(name)]);

  beforeAll(async () => {
    registry = await startRegistry(target);
    alice = await registry.createUser('alice', [...scopes.map((scope) => scope.slice(1)), 'org-deno']);
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  const clientOf = (name: PackageManagerName, token: string | undefined = alice.token): RegistryClient =>
    makeClient(name, { registry: registry.url, scopes: [`@org-${name}`, privateScope(name)], token });
  const anonymous = (name: PackageManagerName): RegistryClient =>
    makeClient(name, { registry: registry.url, scopes: [`@org-${name}`, privateScope(name)] });

  describe.each(publishers)('%s', (name) => {
    const pkg = `@org-${name}/thing`;
    let publisher: RegistryClient;
    let project: string;
    let consumer: RegistryClient;

    beforeAll(() => {
      publisher = clientOf(name);
      consumer = anonymous(name);
      project = writeProject();
    });

    it('publishes a package that anybody can install', async () => {
      await publisher.publish(writePackage({ name: pkg, version: '1.0.0' }), { access: 'public' });
      await consumer.install(project, [`${pkg}@^1.0.0`]);
      expect(readInstalled(project, pkg)).toContain('1.0.0');
    });

    it('reinstalls what the lock file says with an empty cache, although a newer version exists', async () => {
      await publisher.publish(writePackage({ name: pkg, version: '1.1.0' }), { access: 'public' });
      await consumer.reinstall(project);
      expect(readInstalled(project, pkg)).toContain('1.0.0');
    });

    it('publishes under another tag without moving latest, and installs by tag', async () => {
      await publisher.publish(writePackage({ name: pkg, version: '2.0.0-rc.1' }), {
        tag: 'next',
        access: 'public',
      });
      const byLatest = writeProject();
      const byTag = writeProject();
      await consumer.install(byLatest, [pkg]);
      await consumer.install(byTag, [`${pkg}@next`]);
      expect(readInstalled(byLatest, pkg)).toContain('1.1.0');
      expect(readInstalled(byTag, pkg)).toContain('2.0.0-rc.1');
    });

    it('is refused when it publishes other content under a version that exists', async () => {
      const folder = writePackage({ name: pkg, version: '1.0.0', files: { 'other.js': '// not the same' } });
      await expect(publisher.publish(folder)).rejects.toThrow(ClientError);
      const project2 = writeProject();
      await anonymous(name).install(project2, [`${pkg}@1.0.0`]);
      expect(existsSync(join(project2, 'node_modules', pkg, 'other.js'))).toBe(false);
    });

    it('installs a private package with a token, and is refused without one', async () => {
      const secret = `${privateScope(name)}/secret`;
      await publisher.publish(writePackage({ name: secret, version: '1.0.0' }), { access: 'restricted' });
      const refused = writeProject();
      await expect(consumer.install(refused, [`${secret}@1.0.0`])).rejects.toThrow(
        /401|403|404|authenticat|authoriz|not found|sign in/i,
      );
      expect(existsSync(join(refused, 'node_modules', secret))).toBe(false);
      const allowed = writeProject();
      await publisher.install(allowed, [`${secret}@1.0.0`]);
      expect(readInstalled(allowed, secret)).toContain('1.0.0');
    });

    if (name !== 'yarn-1') {
      it('knows who is signed in', async () => {
        expect(await publisher.whoami()).toBe('alice');
      });
    }

    if (has(target, 'tokens')) {
      it('installs and does not publish with a token that only reads', async () => {
        const reader = clientOf(name, (await registry.createToken(alice, ['read:packages'])).token);
        const allowed = writeProject();
        await reader.install(allowed, [`${privateScope(name)}/secret@1.0.0`]);
        const attempt = reader.publish(writePackage({ name: pkg, version: '9.0.0' }), { access: 'public' });
        await expect(attempt).rejects.toThrow(ClientError);
        const answer = await fetch(`${registry.url}/${pkg}/9.0.0`);
        expect(answer.status).toBe(404);
      });

      it('is refused with a token that was revoked', async () => {
        const token = await registry.createToken(alice, ['read:packages', 'write:packages']);
        const former = clientOf(name, token.token);
        await registry.revokeToken(alice, token);
        const attempt = former.publish(writePackage({ name: pkg, version: '9.1.0' }), { access: 'public' });
        await expect(attempt).rejects.toThrow(ClientError);
      });
    }
  });

  describe.each(denos)('%s', (name) => {
    it('runs a module that imports a package, and installs it from a lock file', async () => {
      const pkg = '@org-deno/thing';
      const answer = await putVersion(
        registry.url,
        alice.token,
        await buildPackage({ name: pkg, version: '1.0.0' }),
        {
          access: 'public',
        },
      );
      expect(answer.status).toBe(201);
      const deno = makeClient(name, { registry: registry.url, scopes: ['@org-deno'] }) as DenoClient;
      const folder = makeTemporaryFolder('module');
      writeFileSync(
        join(folder, 'main.mjs'),
        `import version from 'npm:${pkg}@1';\nconsole.log('got', version);\n`,
      );
      expect((await deno.runModule('main.mjs', folder)).stdout).toContain('got 1.0.0');
      const project = writeProject();
      await deno.install(project, [`${pkg}@1`]);
      await deno.reinstall(project);
      expect(readInstalled(project, pkg)).toContain('1.0.0');
    });
  });
});
