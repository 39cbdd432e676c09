import { buildPackage, PlatformApi, putVersion } from '@packhouse/testing';
import { Instance } from './support/instance';

jest.setTimeout(180_000);

let instance: Instance;
let token: string;

beforeAll(async () => {
  instance = await Instance.start();
  for (const args of [
    ['user', 'create', 'alice'],
    ['user', 'create', 'eve'],
    ['org', 'create', 'acme'],
  ])
    await say(args);
  token = await say([
    'token',
    'create',
    '--name',
    't',
    '--scopes',
    'read:packages,write:packages,delete:packages,repo',
  ]);
  for (const version of ['1.0.0', '1.1.0'])
    await putVersion(
      `${instance.url}/_registry/npm`,
      token,
      await buildPackage({ name: '@acme/lib', version }),
    );
});

afterAll(() => instance?.stop());

const run: Instance['run'] = (args, env) => instance.run(args, env);

const say: Instance['say'] = (args) => instance.say(args);
const read = <T>(args: readonly string[]): Promise<T> => instance.read<T>(args);
type Items = { readonly items: ReadonlyArray<Readonly<Record<string, unknown>>> };

describe('commands for an administrator’s scripts', () => {
  it('set up teams, repositories and roles, and list them', async () => {
    await say(['org', 'add-member', 'acme', 'alice']);
    await say(['team', 'create', 'acme', 'builders']);
    await say(['team', 'add-member', 'acme', 'builders', 'alice']);
    await say(['repo', 'create', 'acme/website']);
    await say(['team', 'grant-repo', 'acme', 'builders', 'acme/website', '--role', 'push']);
    await say(['repo', 'add-collaborator', 'acme/website', 'eve', '--role', 'pull']);
    const { items } = await read<Items>(['repo', 'collaborators', 'acme/website']);
    const roles = new Map(items.map(({ login, role_name }) => [login, role_name]));
    expect([roles.get('alice'), roles.get('eve')]).toEqual(['write', 'read']);
    expect(await say(['team', 'members', 'acme', 'builders'])).toMatch(/^alice/m);
    await say(['team', 'remove-member', 'acme', 'builders', 'alice']);
    expect(await read<Items>(['team', 'members', 'acme', 'builders'])).not.toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ login: 'alice' })]) as unknown,
    });
  });

  it('delete and restore packages and versions', async () => {
    const versions = await read<Items>(['package', 'versions', 'npm', '@acme/lib']);
    expect(versions.items.map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
    const id = String(versions.items[1]?.number);
    await say(['package', 'delete', 'npm', 'acme/lib', '--version-id', id]);
    expect(await say(['package', 'versions', 'npm', '@acme/lib', '--deleted'])).toMatch(/1\.0\.0/);
    await say(['package', 'restore', 'npm', '@acme/lib', '--version-id', id]);
    await say(['package', 'delete', 'npm', '@acme/lib']);
    expect(await say(['package', 'list', 'npm', 'acme'])).toBe('There are none.');
    await say(['package', 'restore', 'npm', '@acme/lib']);
    expect(await read(['package', 'show', 'npm', '@acme/lib'])).toMatchObject({
      name: 'lib',
      version_count: 2,
    });
  });

  it('change policies and switch formats', async () => {
    await say(['policy', 'set', 'acme', '--create-public', 'off', '--base-role', 'write']);
    expect(await read(['policy', 'show', 'acme'])).toMatchObject({ createPublic: false, baseRole: 'write' });
    await say(['format', 'set', 'npm', 'read-only']);
    expect(await say(['format', 'list'])).toBe(
      'container  enabled\ndocker     enabled\nnpm        read-only',
    );
    const refused = await putVersion(
      `${instance.url}/_registry/npm`,
      token,
      await buildPackage({ name: '@acme/lib', version: '9.0.0' }),
    );
    expect(refused.status).toBe(403);
    await say(['format', 'set', 'npm', 'enabled']);
  });

  it('trust a CI system, and make a fine-grained token', async () => {
    const claims = 'sub=repo:acme/website:*,environment=release';
    await say([
      'publisher',
      'add',
      'acme',
      '--issuer',
      'https://ci.example',
      '--claims',
      claims,
      '--package',
      '@acme/lib',
      '--format',
      'npm',
    ]);
    const { items } = await read<Items>(['publisher', 'list', 'acme']);
    expect(items[0]).toMatchObject({ claims: { sub: 'repo:acme/website:*', environment: 'release' } });
    await say(['publisher', 'remove', 'acme', String(items[0]?.id)]);
    expect(await read(['publisher', 'list', 'acme'])).toEqual({ items: [] });
    const limited = [
      'token',
      'create',
      '--name',
      'ci',
      '--actions',
      'read',
      '--owner',
      'acme',
      '--packages',
      '@acme/*',
    ];
    expect((await run(limited)).stderr).toMatch(/^A fine-grained token expires, .*\n$/);
    expect(await say([...limited, '--expires-in-days', '30'])).toMatch(/^\S{20,}$/);
  });

  it('free the number of a deleted version, and list names that are retired', async () => {
    await putVersion(
      `${instance.url}/_registry/npm`,
      token,
      await buildPackage({ name: '@acme/lib', version: '9.9.9' }),
    );
    const { items } = await read<Items>(['package', 'versions', 'npm', '@acme/lib']);
    const id = items.find(({ version }) => version === '9.9.9')?.number;
    await say(['package', 'delete', 'npm', '@acme/lib', '--version-id', String(id)]);
    const free = ['package', 'free-version', 'npm', '@acme/lib', '9.9.9'];
    expect(await say(free)).toBe('The number 9.9.9 of @acme/lib (npm) is free.');
    expect(await run(free)).toMatchObject({ code: 1, stderr: expect.stringContaining('9.9.9') as unknown });
    expect(await read<Items>(['retired-name', 'list', '--owner', 'acme'])).toMatchObject({ items: [] });
    expect(await run(['retired-name', 'free', '01900000-0000-7000-8000-00000000000a'])).toMatchObject({
      code: 1,
    });
  });

  it('limit what an owner stores, and show it', async () => {
    expect(await say(['storage', 'limit', 'acme', '1.5GB'])).toMatch(/^acme:\nlimit     1\.5 GB\nused /);
    expect(await read(['storage', 'show', 'acme'])).toMatchObject({ limitBytes: 1.5e9, reservedBytes: 0 });
    const refused = await run(['storage', 'limit', 'acme', 'lots']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('"none"');
    const { items } = await read<Items>(['package', 'versions', 'npm', '@acme/lib']);
    const version = ['npm', '@acme/lib', '--version-id', String(items[0]?.number)];
    await say(['package', 'delete', ...version]);
    await say(['storage', 'limit', 'acme', '100B']);
    const full = await run(['package', 'restore', ...version]);
    expect(full).toMatchObject({ code: 1, stdout: '' });
    expect(full.stderr).toMatch(/acme may store 100 B; .* are used and 0 B reserved/);
    await say(['storage', 'limit', 'acme', 'none']);
    await say(['package', 'restore', ...version]);
    expect(await say(['storage', 'show', 'acme'])).toContain('no limit');
  });

  it('shut somebody out and let in again', async () => {
    const { password } = instance;
    const person = { PACKHOUSE_LOGIN: 'carol', PACKHOUSE_PASSWORD: password };
    await PlatformApi.withPassword(instance.url, 'admin-user', password).createUser('carol', password);
    expect(await run(['token', 'list'], person)).toMatchObject({ code: 0 });
    expect(await say(['user', 'suspend', 'carol', '--reason', 'laptop stolen'])).toBe('carol is suspended.');
    expect(await run(['token', 'list'], person)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The account "carol" is suspended') as unknown,
    });
    expect(await say(['user', 'unsuspend', 'carol'])).toBe('carol is not suspended.');
    expect(await run(['token', 'list'], person)).toMatchObject({ code: 0 });
    expect(await run(['user', 'suspend', 'admin-user'])).toMatchObject({ code: 1 });
  });

  it('explain a decision, with exit code 2 where the answer is no', async () => {
    const yes = await run(['why', '--token', token, 'read', 'npm', '@acme/lib']);
    expect(yes).toMatchObject({ code: 0, stderr: '' });
    expect(yes.stdout).toMatch(/^Yes: /);
    const no = await run(['why', '--user', 'eve', 'write', 'npm', '@acme/lib', '--json']);
    expect(no.code).toBe(2);
    expect(JSON.parse(no.stdout)).toMatchObject({ allowed: false });
  });

  it('show and export the audit log', async () => {
    expect(await say(['audit', 'query', '--owner', 'acme', '--limit', '5'])).toContain('admin-user');
    const shown = (await say(['audit', 'query', '--owner', 'acme', '--limit', '3', '--json'])).split('\n');
    expect(shown.map((line) => (JSON.parse(line) as { owner: string }).owner)).toEqual(Array(3).fill('acme'));
    const refused = await run(['audit', 'query', '--limit', 'many']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('--all');
    const lines = (await say(['audit', 'export', '--owner', 'acme']))
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual(expect.objectContaining({ action: 'org.create', actor: 'admin-user' }));
  });

  it('say plainly what is wrong, and exit with 1', async () => {
    const refused = await run(['org', 'show', 'nobody-here']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
    const unknown = await run(['team', 'add-member', 'acme', 'builders', 'eve', '--role', 'king']);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('Allowed choices are member, maintainer');
  });

  it('teach with an example in the help of each', async () => {
    for (const args of [['package', 'delete'], ['publisher', 'add'], ['audit', 'query'], ['why']])
      expect((await run([...args, '--help'])).stdout).toMatch(/Examples?:\n {2}\$ packhouse /);
  });
});
