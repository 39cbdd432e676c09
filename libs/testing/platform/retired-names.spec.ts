import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@packhouse/observability';
import { run, type RunningServices } from '@packhouse/runtime';
import { layCluster, productServices, PlatformApi, waitUntil } from '../src';
import { echoGateway } from '../src/echo/echo.gateway';

const password = 'a password for tests';
const authorizationOf = (login: string) => `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;

interface Retired {
  readonly id: string;
  readonly format: string;
  readonly login: string;
  readonly name: string;
}

jest.setTimeout(120_000);

/** Acceptance row 60, with a format that retires names above two downloads. */
describe('the name of a public package that many people used', () => {
  let folder: string;
  let platform: RunningServices;

  async function start(): Promise<void> {
    platform = await run([...(await productServices()), echoGateway], {
      logger: silentLogger,
      env: {
        PACKHOUSE_PORT: '0',
        PACKHOUSE_DATA: join(folder, 'data'),
        PACKHOUSE_ADMIN_LOGIN: 'root-user',
        PACKHOUSE_ADMIN_PASSWORD: password,
      },
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packhouse-retired-'));
    await layCluster(join(folder, 'data', 'postgres'));
    await start();
  }, 60_000);

  afterAll(async () => {
    await platform?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  const api = (login: string) => PlatformApi.withPassword(platform.url ?? '', login, password);

  async function put(login: string, name: string, body = 'one'): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${platform.url}/_registry/echo/${login}/${name}/1`, {
      method: 'PUT',
      headers: { authorization: authorizationOf(login) },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  }

  /** A person with a public package that was downloaded three times. */
  async function publishLoved(login: string, name: string): Promise<void> {
    await api('root-user').createUser(login, password);
    expect(await put(login, name)).toMatchObject({ status: 201 });
    const path = `/packages/${login}/echo/${name}`;
    await api(login).call('PUT', `${path}/visibility`, { visibility: 'public' });
    for (let count = 0; count < 3; count += 1)
      await (await fetch(`${platform.url}/_registry/echo/${login}/${name}/1`)).text();
    await waitUntil('the downloads are counted', async () => {
      const { total } = (await api(login).call('GET', `${path}/downloads`)) as { total: number };
      return total === 3;
    });
  }

  async function send(method: string, path: string, body?: object): Promise<number> {
    const answer = await fetch(`${platform.url}/api${path}`, {
      method,
      headers: { authorization: authorizationOf('root-user') },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.text();
    return answer.status;
  }

  async function retiredUnder(login: string): Promise<Retired[]> {
    const { items } = (await api('root-user').call('GET', `/retired-names?login=${login}`)) as {
      items: Retired[];
    };
    return items;
  }

  const untilRetired = (login: string) =>
    waitUntil('the name is retired', async () => (await retiredUnder(login)).length === 1);

  it('60: is refused to who takes the login of a renamed account, until an administrator frees it', async () => {
    await publishLoved('first', 'image');
    expect(await send('PATCH', '/v3/admin/users/first', { login: 'elsewhere' })).toBe(202);
    await untilRetired('first');
    expect(await retiredUnder('first')).toEqual([
      expect.objectContaining({ format: 'echo', login: 'first', name: 'image' }),
    ]);
    await api('root-user').createUser('first', password);
    const refused = await put('first', 'Image', 'evil');
    expect(refused).toEqual({
      status: 403,
      text: expect.stringContaining('is retired under "first"') as string,
    });
    expect(await put('first', 'other')).toMatchObject({ status: 201 });
    expect(await put('elsewhere', 'image')).toMatchObject({ status: 201, text: 'unchanged\n' });

    const [{ id } = { id: '' }] = await retiredUnder('first');
    expect(await send('DELETE', `/packhouse/v1/retired-names/${id}`)).toBe(204);
    expect(await send('DELETE', `/packhouse/v1/retired-names/${id}`)).toBe(404);
    expect(await put('first', 'image', 'mine')).toMatchObject({ status: 201 });
    await waitUntil('it is in the audit log', async () => {
      const log = await api('root-user').call('GET', '/audit-log?action=packages.name_freed');
      return (log as { items: object[] }).items.length === 1;
    });
  });

  it('60: is refused to who comes to it by taking the login with a package of the same name', async () => {
    await publishLoved('second', 'image');
    expect(await send('PATCH', '/v3/admin/users/second', { login: 'second-was-here' })).toBe(202);
    await untilRetired('second');
    await api('root-user').createUser('sly', password);
    await put('sly', 'image', 'evil');
    expect(await send('PATCH', '/v3/admin/users/sly', { login: 'second' })).toBe(403);
    expect(await send('PATCH', '/v3/admin/users/second-was-here', { login: 'second' })).toBe(202);
    expect(await put('second', 'image')).toMatchObject({ status: 201, text: 'unchanged\n' });
  });

  it('is refused after the account is deleted, though everything stopped right behind that', async () => {
    await publishLoved('third', 'image');
    expect(await send('DELETE', '/v3/admin/users/third')).toBe(204);
    await platform.stop();
    await start();
    await untilRetired('third');
    await api('root-user').createUser('third', password);
    expect(await put('third', 'image', 'evil')).toMatchObject({ status: 403 });
  });

  it('is listed and freed by site administrators only', async () => {
    const list = await fetch(`${platform.url}/api/packhouse/v1/retired-names`, {
      headers: { authorization: authorizationOf('elsewhere') },
    });
    expect(list.status).toBe(403);
    expect((await fetch(`${platform.url}/api/packhouse/v1/retired-names`)).status).toBe(401);
  });
});
