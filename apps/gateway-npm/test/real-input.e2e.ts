import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildVersion,
  closeOverDependencies,
  makeClient,
  makeTemporaryFolder,
  NpmClient,
  putVersion,
  readScopedPackages,
  removeTemporaryFolders,
  selectClients,
  workspaceFolder,
  writeProject,
  type InstalledPackage,
} from '@packhouse/testing';
import {
  selectTargets,
  startRegistry,
  type RegistryUnderTest,
  type TestAccount,
} from './support/registry-under-test';

jest.setTimeout(600_000);

const installers = selectClients(['npm-11', 'pnpm-12', 'yarn-4']);

/** Our own packages are links, not installed input. */
const packages = closeOverDependencies(readScopedPackages(join(workspaceFolder, 'node_modules'))).filter(
  ({ manifest }) => !manifest.name.startsWith('@packhouse/'),
);
const scopes = [...new Set(packages.map(({ manifest }) => manifest.name.split('/')[0] ?? ''))];
/** These go through the real client, the others through the PUT that it ends in: a start of npm costs half a second. */
const byRealClient = new Set(packages.slice(0, 6));

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

/** The name under which the project of the test depends on it: a second version of a name needs an alias. */
function nameDependencies(): Map<InstalledPackage, string> {
  const names = new Map<InstalledPackage, string>();
  const taken = new Set<string>();
  for (const entry of packages) {
    const { name, version } = entry.manifest;
    const alias = taken.has(name) ? `alias-${name.slice(1).replace('/', '-')}-${version}` : name;
    taken.add(name);
    names.set(entry, alias);
  }
  return names;
}

/** Every file below a package's folder but its own node_modules, by path and digest. */
function hashInstalled(folder: string): Record<string, string> {
  const hashes: Record<string, string> = {};
  const walk = (relative: string): void => {
    for (const entry of readdirSync(join(folder, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory() && path !== 'node_modules') walk(path);
      else if (entry.isFile()) hashes[path] = sha256(readFileSync(join(folder, path)));
    }
  };
  walk('');
  return hashes;
}

function hashPublished({ files }: InstalledPackage): Record<string, string> {
  return Object.fromEntries([...files].map(([path, { content }]) => [path, sha256(content)]));
}

async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const next = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, next));
}

describe.each(selectTargets())(
  'the scoped packages of our own dependency tree, in the %s registry',
  (target) => {
    let registry: RegistryUnderTest;
    let alice: TestAccount;

    beforeAll(async () => {
      registry = await startRegistry(target);
      alice = await registry.createUser(
        'alice',
        scopes.map((scope) => scope.slice(1)),
      );
    });

    afterAll(async () => {
      await registry?.stop();
      removeTemporaryFolders();
    });

    it('are well over a hundred, and all can be published', async () => {
      expect(packages.length).toBeGreaterThan(150);
      const refused: string[] = [];
      await inParallel(packages, 4, async (entry) => {
        if (byRealClient.has(entry)) return;
        const { name, version } = entry.manifest;
        const built = await buildVersion(entry);
        const answer = await putVersion(registry.url, alice.token, built, {
          access: 'public',
          tag: 'real',
        });
        if (!answer.ok) refused.push(`${name}@${version}: ${answer.status} ${await answer.text()}`);
      });
      expect(refused).toEqual([]);
    });

    it('can be published by npm itself from a tarball', async () => {
      const npm = new NpmClient('npm-11', { registry: registry.url, token: alice.token });
      for (const entry of byRealClient) {
        const built = await buildVersion(entry);
        const file = join(makeTemporaryFolder('tarball'), 'package.tgz');
        writeFileSync(file, built.tarball);
        await npm.run(['publish', file, '--access=public', '--tag=real', '--ignore-scripts']);
      }
    });

    it.each(installers)('come back from a clean folder with %s, every file the same', async (name) => {
      const names = nameDependencies();
      const project = writeProject();
      const dependencies = Object.fromEntries(
        [...names].map(([{ manifest }, alias]) => [
          alias,
          alias === manifest.name ? manifest.version : `npm:${manifest.name}@${manifest.version}`,
        ]),
      );
      // Yarn adds node-gyp to every package that builds something; it is in no registry of ours
      const resolutions = name === 'yarn-4' ? { 'node-gyp': 'link:./none' } : undefined;
      const manifest = { name: 'everything', version: '1.0.0', dependencies, resolutions };
      writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
      const client = makeClient(name, { registry: registry.url });
      await client.run(['install', ...(name === 'yarn-4' ? ['--mode=skip-build'] : ['--ignore-scripts'])], {
        cwd: project,
        timeoutSeconds: 300,
      });
      const different: string[] = [];
      for (const [entry, alias] of names) {
        const folder = join(project, 'node_modules', alias);
        if (!existsSync(folder)) different.push(`${alias}: not installed`);
        else if (
          JSON.stringify(sorted(hashInstalled(folder))) !== JSON.stringify(sorted(hashPublished(entry)))
        )
          different.push(alias);
      }
      expect(different).toEqual([]);
    });
  },
);

function sorted(hashes: Record<string, string>): [string, string][] {
  return Object.entries(hashes).sort(([left], [right]) => (left < right ? -1 : 1));
}
