import {
  buildPackage,
  PlatformApi,
  putVersion,
  removeTemporaryFolders,
  selectModes,
  startPlatform,
  type RunningPlatform,
} from '@packhouse/testing';
import { onEvery, statusEverywhere } from './support/replicas';

const password = 'correct-horse-battery';

/** What one replica answered must hold on every other one at once: each of them was asked before, and remembers. */
describe.each(selectModes())('changes of accounts (%s)', (mode) => {
  let platform: RunningPlatform;

  beforeAll(async () => {
    platform = await startPlatform({ mode });
  }, 240_000);
  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  }, 120_000);

  const root = (): string =>
    `Basic ${Buffer.from(`${platform.adminLogin}:${platform.adminPassword}`).toString('base64')}`;

  async function send(method: string, path: string, body?: unknown): Promise<number> {
    const answer = await fetch(`${platform.url}/api/v3${path}`, {
      method,
      headers: { authorization: root() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.status;
  }

  const everywhere = (path: string, authorization = root()): Promise<number[]> =>
    statusEverywhere(platform, path, authorization);
  const all = (status: number): number[] => onEvery(platform, status);

  it('give the new name and free the old one on every replica', async () => {
    await platform.api.createUser('before', password);
    const [old, renamed] = ['/api/v3/users/before', '/api/v3/users/after'];
    await expect(everywhere(old)).resolves.toEqual(all(200));
    await expect(everywhere(renamed)).resolves.toEqual(all(404));
    await expect(send('PATCH', '/admin/users/before', { login: 'after' })).resolves.toBe(202);
    await expect(everywhere(old)).resolves.toEqual(all(404));
    await expect(everywhere(renamed)).resolves.toEqual(all(200));
  });

  it('end the tokens of who is deleted on every replica', async () => {
    await platform.api.createUser('leaver', password);
    const leaver = PlatformApi.withPassword(platform.url, 'leaver', password);
    const { token } = await leaver.createToken({ scopes: ['repo'] });
    await expect(everywhere('/api/v3/user', `Bearer ${token}`)).resolves.toEqual(all(200));
    await expect(send('DELETE', '/admin/users/leaver')).resolves.toBe(204);
    await expect(everywhere('/api/v3/user', `Bearer ${token}`)).resolves.toEqual(all(401));
    await expect(everywhere('/api/v3/users/leaver')).resolves.toEqual(all(404));
  });

  it('suspend somebody on every replica within a second, for package managers too, and let in again', async () => {
    await platform.api.createUser('culprit', password);
    const culprit = PlatformApi.withPassword(platform.url, 'culprit', password);
    const { token } = await culprit.createToken({ scopes: ['repo', 'read:packages'] });
    await culprit.call('POST', '/repositories', { name: 'app' });
    const path = '/repositories/culprit/app/workflow-tokens';
    const workflow = (await culprit.call('POST', path, {})) as { token: string };
    const basic = `Basic ${Buffer.from(`culprit:${password}`).toString('base64')}`;
    const built = await buildPackage({ name: '@culprit/kept', version: '1.0.0' });
    const publisher = await culprit.createToken();
    const registry = `${platform.url}/_registry/npm`;
    expect((await putVersion(registry, publisher.token, built, { access: 'public' })).status).toBe(201);
    const uses: ReadonlyArray<readonly [string, string]> = [
      ['/api/v3/user', basic],
      ['/api/v3/user', `Bearer ${token}`],
      ['/api/packhouse/v1/repositories/culprit/app', `Bearer ${workflow.token}`],
      ['/_registry/npm/-/whoami', `Bearer ${token}`],
      ['/_registry/npm/@culprit%2fkept', `Bearer ${workflow.token}`],
    ];
    const statuses = async () => Promise.all(uses.map(async ([at, by]) => everywhere(at, by)));
    expect(await statuses()).toEqual(uses.map(() => all(200)));

    await expect(send('PUT', '/users/culprit/suspended', { reason: 'stolen' })).resolves.toBe(204);
    // The first requests behind the answer: sooner than the second that is promised.
    expect(await statuses()).toEqual(uses.map(() => all(403)));
    const refused = await fetch(`${platform.url}/_registry/npm/-/whoami`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await refused.text()).toContain('The account \\"culprit\\" is suspended');
    const seen = await platform.api.call('GET', '/users/culprit');
    expect(seen).toMatchObject({ suspendedAt: expect.stringMatching(/^20/) as unknown });
    expect(await everywhere('/_registry/npm/@culprit%2fkept')).toEqual(all(200));

    await expect(send('DELETE', '/users/culprit/suspended')).resolves.toBe(204);
    expect(await statuses()).toEqual(uses.map(() => all(200)));
    await expect(send('PUT', `/users/${platform.adminLogin}/suspended`)).resolves.toBe(403);
  });

  it('take a site administrator’s powers away on every replica', async () => {
    await platform.api.createUser('deputy', password);
    await expect(send('PUT', '/users/deputy/site_admin')).resolves.toBe(204);
    const deputy = PlatformApi.withPassword(platform.url, 'deputy', password);
    const { token } = await deputy.createToken({ scopes: ['site_admin'] });
    const path = '/api/packhouse/v1/enterprises';
    await expect(everywhere(path, `Bearer ${token}`)).resolves.toEqual(all(200));
    await expect(send('DELETE', '/users/deputy/site_admin')).resolves.toBe(204);
    await expect(everywhere(path, `Bearer ${token}`)).resolves.toEqual(all(403));
  });
});
