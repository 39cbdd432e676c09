import { readFileSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import {
  makeTemporaryFolder,
  runCommand,
  selectPrograms,
  TlsProxy,
  type CommandResult,
} from '@packhouse/testing';
import { PackagesWorld, type Person, type Shown } from './support/packages-world';

jest.setTimeout(180_000);

const names = ['anvil', 'bench', 'chisel', 'drill', 'emery'];
let world: PackagesWorld;
let proxy: TlsProxy;

beforeAll(async () => {
  proxy = await TlsProxy.start();
  world = await PackagesWorld.start({ PACKHOUSE_URL: proxy.url });
  proxy.target = world.platform.url;
  for (const name of names) await world.publish(world.ann, `@acme/${name}`, ['1.0.0', '1.1.0', '2.0.0']);
});

afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

it('an instance behind HTTPS gives addresses at HTTPS, in lists and in what they lead to', async () => {
  const answer = await ask('/api/v3/orgs/acme/packages?package_type=npm&per_page=2', world.ann.token);
  expect(answer.headers.link).toContain(`<${proxy.url}/api/v3/orgs/acme/packages?`);
  expect(answer.headers.link).not.toContain('http://');
});

for (const program of selectPrograms(['gh']))
  describe(`packages are managed with the unmodified ${program} of Debian`, () => {
    const list = '/orgs/acme/packages?package_type=npm&per_page=2';

    /** As a person with a token in the environment; nothing is inherited. */
    function gh(person: Person, ...args: string[]): Promise<CommandResult> {
      const folder = makeTemporaryFolder('gh');
      return runCommand(program, args, {
        cwd: folder,
        env: {
          ...{ PATH: process.env.PATH ?? '', HOME: folder, GH_CONFIG_DIR: folder, NO_COLOR: '1' },
          ...{ GH_HOST: new URL(proxy.url).host, GH_ENTERPRISE_TOKEN: person.token },
          ...{ SSL_CERT_FILE: proxy.certificateFile, GH_NO_UPDATE_NOTIFIER: '1', GH_PROMPT_DISABLED: '1' },
        },
      });
    }

    /** What it prints; it must succeed. */
    async function say(...args: string[]): Promise<string> {
      const { code, stdout, output } = await gh(world.ann, ...args);
      if (code !== 0) throw new Error(`gh ${args.join(' ')}: ${output}`);
      return stdout;
    }

    const read = async <T>(...args: string[]): Promise<T> => JSON.parse(await say(...args)) as T;

    it('knows who the token belongs to', async () => {
      expect(await say('api', 'user', '--jq', '.login')).toBe('ann\n');
      const status = await gh(world.ann, 'auth', 'status');
      expect(status.output).toContain(`Logged in to ${new URL(proxy.url).host} as ann`);
      expect(status.code).toBe(0);
    });

    it('lists the packages of an organization, over all pages', async () => {
      const first = await say('api', list, '--jq', '.[].name');
      expect(first.trim().split('\n')).toHaveLength(2);
      const all = await say('api', list, '--paginate', '--jq', '.[].name');
      expect(all.trim().split('\n').sort()).toEqual(names);
    });

    it('shows a package and its versions, in the order of GitHub', async () => {
      expect(await read<Shown>('api', '/orgs/acme/packages/npm/anvil')).toMatchObject({
        name: 'anvil',
        version_count: 3,
        url: `${proxy.url}/api/v3/orgs/acme/packages/npm/anvil`,
      });
      const versions = '/orgs/acme/packages/npm/anvil/versions?per_page=1';
      expect(await say('api', versions, '--paginate', '--jq', '.[].name')).toBe('2.0.0\n1.1.0\n1.0.0\n');
    });

    it('deletes a version and a package, and restores both', async () => {
      const path = '/orgs/acme/packages/npm/bench';
      const [, middle] = await read<Shown[]>('api', `${path}/versions`);
      const version = `${path}/versions/${middle!.id}`;
      const listed = () => say('api', `${path}/versions`, '--jq', '.[].name');
      expect(await say('api', '-X', 'DELETE', version)).toBe('');
      expect(await listed()).toBe('2.0.0\n1.0.0\n');
      expect(await say('api', '-X', 'POST', `${version}/restore`)).toBe('');
      expect(await listed()).toBe('2.0.0\n1.1.0\n1.0.0\n');

      expect(await say('api', '-X', 'DELETE', path)).toBe('');
      expect(await gh(world.ann, 'api', path)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^gh: .+ \(HTTP 404\)\n$/) as string,
      });
      expect(await say('api', '-X', 'POST', `${path}/restore`)).toBe('');
      expect((await read<Shown>('api', path)).version_count).toBe(3);
    });

    it('says the sentence of a refusal, and exits with 1', async () => {
      const [version] = await read<Shown[]>('api', '/orgs/acme/packages/npm/chisel/versions');
      const path = `/orgs/acme/packages/npm/chisel/versions/${version!.id}`;
      const refused = await gh(world.eve, 'api', '-X', 'DELETE', path);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('(HTTP 404)') as string });
      const untyped = await gh(world.ann, 'api', '/orgs/acme/packages');
      expect(untyped).toMatchObject({ code: 1, stderr: expect.stringContaining('package_type') as string });
    });

    it('asks GraphQL', async () => {
      const query = 'query { organization(login: "acme") { packages(first: 10) { totalCount } } }';
      const counted = await say(
        ...['api', 'graphql', '-f', `query=${query}`, '--jq', '.data.organization.packages.totalCount'],
      );
      expect(counted).toBe(`${names.length}\n`);
    });
  });

function ask(path: string, token: string): Promise<IncomingMessage> {
  const ca = readFileSync(proxy.certificateFile);
  const options: RequestOptions = { ca, agent: false, headers: { authorization: `Bearer ${token}` } };
  return new Promise((resolve, reject) => {
    get(`${proxy.url}${path}`, options, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer));
    }).once('error', reject);
  });
}
