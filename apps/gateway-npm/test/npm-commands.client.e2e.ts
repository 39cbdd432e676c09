import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  ClientError,
  NpmClient,
  removeTemporaryFolders,
  selectClients,
  writePackage,
  writeProject,
} from '@packhouse/testing';
import {
  has,
  selectTargets,
  startRegistry,
  type RegistryUnderTest,
  type TestAccount,
} from './support/registry-under-test';

jest.setTimeout(240_000);

const versionsOfNpm = selectClients(['npm-6', 'npm-8', 'npm-10', 'npm-11']);

describe.each(selectTargets())('the npm command line against the %s registry', (target) => {
  let registry: RegistryUnderTest;
  let alice: TestAccount;
  let bob: TestAccount;

  beforeAll(async () => {
    registry = await startRegistry(target, {
      PACKHOUSE_GATEWAY_RATE_LIMIT_ADDRESS: '30',
      PACKHOUSE_GATEWAY_RATE_LIMIT_SECONDS: '4',
    });
    alice = await registry.createUser(
      'alice',
      versionsOfNpm.map((name) => `org-${name}`),
    );
    bob = await registry.createUser('bob');
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  describe.each(versionsOfNpm)('%s', (name) => {
    const scope = `@org-${name}`;
    const pkg = `${scope}/tool`;
    let npm: NpmClient;

    const view = async (spec: string, field: string): Promise<unknown> => {
      npm.clearCache();
      const { stdout } = await npm.run(['view', spec, field, '--json']);
      return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as unknown);
    };
    const publish = (version: string, tag?: string) =>
      npm.publish(writePackage({ name: pkg, version, manifest: { keywords: ['hammer'] } }), {
        tag,
        access: 'public',
      });

    beforeAll(async () => {
      npm = new NpmClient(name, { registry: registry.url, scopes: [scope], token: alice.token });
      await publish('1.0.0');
      await publish('1.1.0');
    });

    it('shows what was published', async () => {
      expect(await view(pkg, 'versions')).toEqual(['1.0.0', '1.1.0']);
      expect(await view(pkg, 'dist-tags')).toEqual({ latest: '1.1.0' });
      expect(await view(`${pkg}@1.0.0`, 'dist.integrity')).toMatch(/^sha512-/);
    });

    it('adds, lists and removes dist-tags', async () => {
      await npm.run(['dist-tag', 'add', `${pkg}@1.0.0`, 'stable']);
      expect((await npm.run(['dist-tag', 'ls', pkg])).stdout).toMatch(/latest: 1\.1\.0\s+stable: 1\.0\.0/);
      await npm.run(['dist-tag', 'rm', pkg, 'stable']);
      expect((await npm.run(['dist-tag', 'ls', pkg])).stdout).not.toContain('stable');
    });

    it('deprecates a version, warns who installs it, and takes the deprecation back', async () => {
      await npm.run(['deprecate', `${pkg}@1.0.0`, 'use 1.1.0 instead']);
      expect(await view(`${pkg}@1.0.0`, 'deprecated')).toBe('use 1.1.0 instead');
      const { output } = await npm.install(writeProject(), [`${pkg}@1.0.0`]);
      expect(output).toContain('use 1.1.0 instead');
      await npm.run(['deprecate', `${pkg}@1.0.0`, '']);
      expect((await view(`${pkg}@1.0.0`, 'deprecated')) || undefined).toBeUndefined();
    });

    it('stars and unstars a package', async () => {
      await npm.run(['star', pkg]);
      if (name !== 'npm-6') expect((await npm.run(['stars', 'alice'])).output).toContain(pkg);
      await npm.run(['unstar', pkg]);
      if (name !== 'npm-6') expect((await npm.attempt(['stars', 'alice'])).stdout).not.toContain(pkg);
    });

    it('finds a package by a word of its name, description or keywords', async () => {
      const { stdout } = await npm.run(['search', '--json', 'tool']);
      const found = JSON.parse(stdout) as { name: string; version?: string }[];
      // Verdaccio's answer has no version
      const expected = target === 'verdaccio' ? { name: pkg } : { name: pkg, version: '1.1.0' };
      expect(found).toContainEqual(expect.objectContaining(expected));
    });

    it('pings the registry and knows who is signed in', async () => {
      await npm.run(['ping']);
      expect(await npm.whoami()).toBe('alice');
    });

    if (has(target, 'audit')) {
      it('audits an installed project and finds nothing', async () => {
        const project = writeProject();
        await npm.install(project, [`${pkg}@1.1.0`]);
        expect((await npm.run(['audit'], { cwd: project })).stdout).toContain('found 0 vulnerabilities');
      });
    }

    if (has(target, 'access')) {
      it('lists, adds and removes owners', async () => {
        expect((await npm.run(['owner', 'ls', pkg])).stdout).toContain('alice');
        await npm.run(['owner', 'add', 'bob', pkg]);
        expect((await npm.run(['owner', 'ls', pkg])).stdout).toContain('bob');
        await npm.run(['owner', 'rm', 'bob', pkg]);
        expect((await npm.run(['owner', 'ls', pkg])).stdout).not.toContain('bob');
      });

      it('refuses a publish by somebody else with a reason that the client prints', async () => {
        const stranger = new NpmClient(name, { registry: registry.url, scopes: [scope], token: bob.token });
        const attempt = stranger.publish(writePackage({ name: pkg, version: '6.6.6' }), { access: 'public' });
        await expect(attempt).rejects.toThrow(/bob|right|role|grant|permission|member/i);
      });

      it('prints why a package is refused for which its owner has no room, leaves nothing of it, and takes what fits', async () => {
        const platform = registry.platform!;
        const { api } = platform;
        const owner = scope.slice(1);
        await api.setStorageLimit(owner, (await api.getStorage(owner)).used + 10_000);
        const before = await platform.listStored();
        const roomy = (version: string, files: Record<string, Buffer>) =>
          npm.publish(writePackage({ name: `${scope}/roomy`, version, files }), { access: 'public' });
        await expect(roomy('1.0.0', { noise: randomBytes(500_000) })).rejects.toThrow(
          /403[^]*may store [^]*Delete versions/,
        );
        expect(await platform.listStored()).toEqual(before);
        expect(await api.getStorage(owner)).toMatchObject({ reserved: 0 });
        await roomy('1.0.0', {});
        await api.setStorageLimit(owner, null);
      });

      it('refuses names without a scope and scopes of nobody with the reason', async () => {
        const unscoped = npm.publish(writePackage({ name: `plain-${name}`, version: '1.0.0' }));
        await expect(unscoped).rejects.toThrow(/scope|@owner/i);
        const unknown = npm.publish(writePackage({ name: '@nobody-here/thing', version: '1.0.0' }), {
          access: 'public',
        });
        await expect(unknown).rejects.toThrow(/nobody-here/);
      });
    }

    if (has(target, 'conflict-text')) {
      it('prints why a version cannot be published twice', async () => {
        const folder = writePackage({ name: pkg, version: '1.0.0', files: { 'new.js': '' } });
        await expect(npm.publish(folder, { access: 'public' })).rejects.toThrow(/1\.0\.0/);
      });
    }

    it('unpublishes one version and moves latest back', async () => {
      await npm.run(['unpublish', `${pkg}@1.1.0`]);
      expect([await view(pkg, 'versions')].flat()).toEqual(['1.0.0']);
      expect(await view(pkg, 'dist-tags')).toEqual({ latest: '1.0.0' });
      const tarball = await fetch(`${registry.url}/${pkg}/-/tool-1.1.0.tgz`);
      expect(tarball.status).toBe(404);
    });

    it('unpublishes a whole package, after which nobody can install it', async () => {
      await npm.run(['unpublish', pkg, '--force']);
      npm.clearCache();
      const project = writeProject();
      await expect(npm.install(project, [pkg])).rejects.toThrow(ClientError);
      expect(existsSync(join(project, 'node_modules', pkg))).toBe(false);
    });
  });

  if (has(target, 'rate-limits'))
    it.each(selectClients(['npm-11']))(
      '%s prints that its address made too many requests, waits where it may, and goes on',
      async (name) => {
        const pkg = '@alice/popular';
        const publisher = new NpmClient(name, { registry: registry.url, token: alice.token });
        await publisher.publish(writePackage({ name: pkg, version: '1.0.0' }), { access: 'public' });
        const flood = () => Promise.all(Array.from({ length: 60 }, () => fetch(`${registry.url}/${pkg}`)));
        /** A request may get through when a window has just begun: then there is another. */
        const askUntil = async (seen: RegExp, env: Readonly<Record<string, string>> = {}) => {
          for (let turn = 0; turn < 20; turn += 1) {
            const refused = (await flood()).filter(({ status }) => status === 429);
            expect(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
            const npm = new NpmClient(name, { registry: registry.url });
            const result = await npm.attempt(['view', pkg, 'version', '--loglevel', 'http'], { env });
            if (seen.test(result.output)) return result;
          }
          throw new Error(`npm never printed ${seen.source}`);
        };
        await askUntil(/429 Too Many Requests[^\n]*more than 30 in 4 s\. Try again in \d s/);
        const patient = { npm_config_fetch_retries: '5', npm_config_fetch_retry_mintimeout: '1500' };
        const { code, stdout } = await askUntil(/attempt 1 failed with 429/, patient);
        expect([code, stdout.trim()]).toEqual([0, '1.0.0']);
        await publisher.publish(writePackage({ name: pkg, version: '1.0.1' }));
      },
    );
});
