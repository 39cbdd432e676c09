import {
  PlatformApi,
  removeTemporaryFolders,
  selectModes,
  startPlatform,
  type RunningPlatform,
} from '@packhouse/testing';

jest.setTimeout(300_000);

const password = 'a-long-enough-password';
const basic = (secret: string): string => `Basic ${Buffer.from(`olga:${secret}`).toString('base64')}`;

/** The routes themselves, on every replica: word of a change must have reached all of them when it is answered. */
describe.each(selectModes())('tokens of the registry, %s', (mode) => {
  let platform: RunningPlatform;
  let api: PlatformApi;

  beforeAll(async () => {
    platform = await startPlatform({ mode });
    await platform.api.createUser('olga', password);
    api = PlatformApi.withPassword(platform.url, 'olga', password);
  });
  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  });

  const targets = (): readonly string[] => [...platform.replicas, platform.url];

  async function tokenAt(url: string, authorization: string): Promise<string> {
    const scope = 'repository:olga/app:pull,push';
    const answer = await fetch(`${url}/v2/token?scope=${scope}`, { headers: { authorization } });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { token: string }).token;
  }

  /** Statuses of the root and of the start of an upload, at every replica. */
  async function statusesWith(token: string): Promise<number[]> {
    const headers = { authorization: `Bearer ${token}` };
    const answers = targets().flatMap((url) => [
      fetch(`${url}/v2/`, { headers }),
      fetch(`${url}/v2/olga/app/blobs/uploads/`, { method: 'POST', headers }),
    ]);
    return (await Promise.all(answers)).map(({ status }) => status);
  }
  const everywhere = (...statuses: number[]): number[] => targets().flatMap(() => statuses);

  it('are good at every replica, whichever gave them out, with the same keys', async () => {
    for (const url of targets()) {
      const token = await tokenAt(url, basic(password));
      expect(await statusesWith(token)).toEqual(everywhere(200, 202));
    }
    const keys = await Promise.all(
      targets().map(async (url) => (await fetch(`${url}/v2/token/keys`)).text()),
    );
    expect(new Set(keys).size).toBe(1);
  });

  it('end everywhere with the access token that they were given for', async () => {
    const { id, token: secret } = await api.createToken();
    const tokens = await Promise.all(targets().map((url) => tokenAt(url, basic(secret))));
    for (const token of tokens) expect(await statusesWith(token)).toEqual(everywhere(200, 202));
    await api.revokeToken(id);
    for (const token of tokens) expect(await statusesWith(token)).toEqual(everywhere(401, 401));
  });

  it('do nothing anywhere while their holder is suspended', async () => {
    const tokens = await Promise.all(targets().map((url) => tokenAt(url, basic(password))));
    for (const token of tokens) expect(await statusesWith(token)).toEqual(everywhere(200, 202));
    const suspend = (method: string): Promise<Response> =>
      fetch(`${platform.url}/api/v3/users/olga/suspended`, {
        method,
        headers: {
          authorization: `Basic ${Buffer.from(`${platform.adminLogin}:${platform.adminPassword}`).toString('base64')}`,
        },
      });
    expect((await suspend('PUT')).status).toBe(204);
    for (const token of tokens) expect(await statusesWith(token)).toEqual(everywhere(403, 403));
    expect((await suspend('DELETE')).status).toBe(204);
    for (const token of tokens) expect(await statusesWith(token)).toEqual(everywhere(200, 202));
  });
});
