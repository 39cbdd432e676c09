import { Instance } from './support/instance';

jest.setTimeout(180_000);

let instance: Instance;

beforeAll(async () => {
  instance = await Instance.start();
});

afterAll(() => instance?.stop());

const packhouse: Instance['run'] = (args, env) => instance.run(args, env);

describe('the commands for accounts', () => {
  it('make a user, an organization with a member and a token, as a first evening goes', async () => {
    const alice = await packhouse(['user', 'create', 'alice', '--json']);
    expect(alice).toMatchObject({ code: 0, stderr: '' });
    const made = JSON.parse(alice.stdout) as { login: string; password: string };
    expect(made).toMatchObject({ login: 'alice', password: expect.stringMatching(/^\S{16,}$/) as unknown });

    expect((await packhouse(['org', 'create', 'acme', '--owner', 'alice'])).stdout).toBe(
      'Made the organization acme.\n',
    );
    const asAlice = { PACKHOUSE_LOGIN: 'alice', PACKHOUSE_PASSWORD: made.password };
    const member = await packhouse(['org', 'add-member', 'acme', 'admin-user', '--json'], asAlice);
    expect(JSON.parse(member.stdout)).toEqual({ organization: 'acme', login: 'admin-user', role: 'member' });

    const scopes = 'read:packages,user';
    const token = await packhouse(['token', 'create', '--name', 'laptop', '--scopes', scopes], asAlice);
    const text = token.stdout.trim();
    expect(text).toMatch(/^\S{20,}$/);
    const tokens = await packhouse(['token', 'list', '--json'], { PACKHOUSE_TOKEN: text });
    const [info] = (JSON.parse(tokens.stdout) as { items: { id: string; name: string }[] }).items;
    expect(info?.name).toBe('laptop');
    expect(tokens.stdout).not.toContain(text);

    expect((await packhouse(['token', 'revoke', info?.id ?? ''], asAlice)).code).toBe(0);
    const refused = await packhouse(['token', 'list'], { PACKHOUSE_TOKEN: text });
    expect(refused.code).toBe(1);
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('say the reason of a refusal in the words of the instance, and exit with 1', async () => {
    const { code, stderr } = await packhouse(['org', 'create', 'lost', '--owner', 'nobody-here']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'There is no user "nobody-here".\n' });
  });

  it('say that nothing answers, without a stack', async () => {
    const { code, stderr } = await packhouse(['token', 'list', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^No Packhouse answers at http:\/\/127\.0\.0\.1:1: .*--url.*\n$/);
  });
});
