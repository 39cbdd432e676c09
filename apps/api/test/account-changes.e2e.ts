import {
  PlatformApi,
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
