import {
  buildMultiPlatformImage,
  buildPackage,
  OciHttp,
  PlatformApi,
  pushImage,
  putVersion,
} from '@packhouse/testing';
import { Instance } from './support/instance';

jest.setTimeout(180_000);

let instance: Instance;

beforeAll(async () => {
  instance = await Instance.start();
  for (const args of [
    ['user', 'create', 'eve'],
    ['org', 'create', 'acme'],
    ['org', 'create', 'partner'],
    ['org', 'add-member', 'acme', 'eve'],
    ['team', 'create', 'acme', 'builders'],
    ['repo', 'create', 'acme/website'],
  ])
    await say(args);
  const token = await say(['token', 'create', '--name', 't', '--scopes', 'write:packages,repo']);
  await putVersion(
    `${instance.url}/_registry/npm`,
    token,
    await buildPackage({ name: '@acme/lib', version: '1.0.0' }),
  );
});

afterAll(() => instance?.stop());

const run: Instance['run'] = (...asked) => instance.run(...asked);

const say: Instance['say'] = (args) => instance.say(args);
const read = <T>(args: readonly string[]): Promise<T> => instance.read<T>(args);

const lib = ['npm', '@acme/lib'] as const;

/** What `packhouse why` answers for somebody, by its exit code. */
async function may(login: string, action: string): Promise<boolean> {
  const { code, stderr } = await run(['why', '--user', login, action, ...lib]);
  if (code !== 0 && code !== 2) throw new Error(stderr);
  return code === 0;
}

describe('commands for the settings of a package', () => {
  it('give roles to people, teams and workflows, list them, and take them at once', async () => {
    const [grant, revoke] = (['grant', 'revoke'] as const).map((verb) => ['package', 'access', verb, ...lib]);
    expect(await may('eve', 'write')).toBe(false);
    expect(await say([...grant!, '--user', 'eve', '--role', 'write'])).toBe(
      '@acme/lib (npm): eve has the role write.',
    );
    expect(await may('eve', 'write')).toBe(true);
    await say([...grant!, '--team', 'builders', '--role', 'read']);
    await say([...grant!, '--workflows', 'website', '--role', 'admin']);
    const listed = await say(['package', 'access', 'list', ...lib]);
    expect(listed.split('\n').map((line) => line.split(/ +/))).toEqual(
      expect.arrayContaining([
        ['user', 'eve', 'write'],
        ['team', 'builders', 'read'],
        ['workflows', 'acme/website', 'admin'],
      ]) as unknown,
    );
    await say([...revoke!, '--user', 'eve']);
    expect(await may('eve', 'write')).toBe(false);
    await say([...revoke!, '--team', 'builders']);
    await say([...revoke!, '--workflows', 'website']);
    expect(await read(['package', 'access', 'list', ...lib])).toMatchObject({
      inheritsAccess: false,
      people: expect.not.arrayContaining([expect.objectContaining({ login: 'eve' })]) as unknown,
      teams: [],
      repositories: [],
    });
  });

  it('want to know whom exactly a role is for', async () => {
    for (const whom of [[], ['--user', 'eve', '--team', 'builders']]) {
      const refused = await run(['package', 'access', 'revoke', ...lib, ...whom]);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(/^Say whom with one of --user, --team and --workflows.*\n$/);
    }
  });

  it('link a package to a repository, inherit its access, and undo both', async () => {
    await say(['package', 'link', ...lib, 'website']);
    expect(await read(['package', 'inherit', ...lib, 'on'])).toMatchObject({
      repository: 'website',
      inheritsAccess: true,
    });
    await say(['repo', 'add-collaborator', 'acme/website', 'eve', '--role', 'push']);
    expect(await may('eve', 'write')).toBe(true);
    const refused = await run(['package', 'access', 'grant', ...lib, '--user', 'eve', '--role', 'admin']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('inherit') as string });
    expect(await say(['package', 'inherit', ...lib, 'off'])).toContain('of its own');
    expect(await may('eve', 'write')).toBe(false);
    expect(await read(['package', 'unlink', ...lib])).toMatchObject({ repository: null });
    const unknown = await run(['package', 'link', ...lib, 'nothing']);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing') as string });
  });

  it('change who sees a package; what is public stays public', async () => {
    expect(await say(['package', 'visibility', ...lib, 'internal'])).toBe('@acme/lib (npm) is internal.');
    const open = ['package', 'visibility', ...lib, 'public'];
    for (const typed of ['', 'yes\n']) {
      const refused = await run(open, {}, typed);
      expect(refused).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('--yes') as string,
      });
    }
    expect(await read(['package', 'show', ...lib])).toMatchObject({
      visibility: 'internal',
    });
    expect(await run(open, {}, '@acme/lib\n')).toMatchObject({
      code: 0,
      stdout: '@acme/lib (npm) is public.\n',
    });
    expect(await read([...open, '--yes'])).toMatchObject({ visibility: 'public' });
    const back = await run(['package', 'visibility', ...lib, 'private']);
    expect(back).toMatchObject({ code: 1, stdout: '' });
    expect(back.stderr.trim().split('\n')).toHaveLength(1);
    const odd = await run(['package', 'visibility', ...lib, 'secret']);
    expect(odd.code).toBe(1);
    expect(odd.stderr).toContain('Allowed choices are public, private, internal');
  });
});

describe('commands for images', () => {
  const image = ['container', 'acme/app'];

  it('list tags and platforms of its versions, and what belongs to them where that is wanted', async () => {
    const secret = await say(['token', 'create', '--name', 'images', '--scopes', 'write:packages']);
    const http = new OciHttp(instance.url, { login: 'admin-user', secret });
    await pushImage(http, 'acme/app', await buildMultiPlatformImage('listed'), '1.0');
    const lines = async (...more: string[]) =>
      (await say(['package', 'versions', ...image, ...more])).split('\n').map((line) => line.split(/ +/));
    const shown = [expect.stringMatching(/^\d+$/), expect.stringMatching(/^sha256:/)] as unknown[];
    const listed = await lines();
    expect(listed).toEqual([[...shown, '1.0', 'linux/amd64,linux/arm64', expect.anything(), '-']]);
    expect(await lines('--parts')).toHaveLength(5);
    const { items } = await read<{ items: object[] }>(['package', 'versions', ...image]);
    expect(items).toMatchObject([{ tags: ['1.0'], platforms: ['linux/amd64', 'linux/arm64'] }]);
  });

  it('say which tags never move, one rule at a time', async () => {
    expect(await say(['tag-rules', 'list', ...image])).toBe('There are none.');
    expect(await say(['tag-rules', 'add', ...image, 'v*'])).toBe(
      'Tags of acme/app (container) that match v* stay where they are.',
    );
    expect(await read(['tag-rules', 'add', ...image, '1.0'])).toEqual({ immutable: ['v*', '1.0'] });
    expect(await say(['tag-rules', 'list', ...image])).toBe('v*\n1.0');
    await say(['tag-rules', 'remove', ...image, 'v*']);
    expect(await read(['tag-rules', 'list', ...image])).toEqual({ immutable: ['1.0'] });
    const again = await run(['tag-rules', 'remove', ...image, 'v*']);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('"v*"') as string });
    const { password } = instance;
    await PlatformApi.withPassword(instance.url, 'admin-user', password).createUser('sam', password);
    const sam = { PACKHOUSE_LOGIN: 'sam', PACKHOUSE_PASSWORD: password };
    const hidden = await run(['tag-rules', 'list', ...image], sam);
    expect(hidden).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^There is no package "app" of "acme" that "sam" may read/) as string,
    });
  });
});

describe('commands for enterprises and jobs', () => {
  it('make an enterprise, and put organizations in and take them out', async () => {
    expect(await read(['enterprise', 'create', 'acme-group', '--name', 'Acme Group'])).toMatchObject({
      slug: 'acme-group',
      name: 'Acme Group',
    });
    expect(await say(['enterprise', 'list'])).toBe('acme-group  Acme Group');
    for (const org of ['acme', 'partner']) await say(['enterprise', 'add-org', 'acme-group', org]);
    expect(await say(['enterprise', 'orgs', 'acme-group'])).toMatch(/^acme.*\n^partner/m);
    await say(['enterprise', 'remove-org', 'acme-group', 'partner']);
    expect(await read(['enterprise', 'orgs', 'acme-group'])).toMatchObject({ items: [{ login: 'acme' }] });
    await say(['enterprise', 'delete', 'acme-group']);
    expect(await say(['enterprise', 'list'])).toBe('There are none.');
  });

  it('make a token for a job that publishes for its repository, until it is revoked', async () => {
    const token = await say([
      'workflow-token',
      'create',
      'acme/website',
      '--name',
      'build',
      '--minutes',
      '5',
    ]);
    expect(token).toMatch(/^\S{20,}$/);
    const publish = async (version: string): Promise<number> => {
      const built = await buildPackage({ name: '@acme/site', version });
      return (await putVersion(`${instance.url}/_registry/npm`, token, built)).status;
    };
    expect(await publish('1.0.0')).toBeLessThan(300);
    const { items } = await read<{ items: Array<{ id: string; name: string }> }>([
      ...['workflow-token', 'list', 'acme/website'],
    ]);
    expect(items.map(({ name }) => name)).toEqual(['build']);
    await say(['workflow-token', 'revoke', 'acme/website', items[0]!.id]);
    expect(await publish('1.1.0')).toBe(401);
    const long = await run(['workflow-token', 'create', 'acme/website', '--minutes', '5000']);
    expect(long).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('1440') as string });
  });

  it('teach with an example in the help of each', async () => {
    for (const args of [
      ['package', 'visibility'],
      ['package', 'access'],
      ['package', 'access', 'grant'],
      ['enterprise', 'add-org'],
      ['workflow-token', 'create'],
    ])
      expect((await run([...args, '--help'])).stdout).toMatch(/Examples?:\n {2}\$ packhouse /);
  });
});
