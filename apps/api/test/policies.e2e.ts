import {
  ApiError,
  ConformingFetch,
  PlatformApi,
  removeTemporaryFolders,
  selectModes,
  startPlatform,
  waitUntil,
  type RunningPlatform,
} from '@packhouse/testing';
import { onEvery, statusEverywhere } from './support/replicas';

jest.setTimeout(60_000);

const password = 'correct-horse-battery';

interface Call {
  readonly as?: string;
  readonly body?: unknown;
}

describe.each(selectModes())('policies and enterprises, %s', (mode) => {
  let platform: RunningPlatform;
  let conforming: ConformingFetch;

  /** `as`: a login, `nobody` for a stranger; default: the administrator. */
  async function call(method: string, path: string, { as, body }: Call = {}): Promise<Response> {
    const [login, secret] = as ? [as, password] : [platform.adminLogin, platform.adminPassword];
    const authorization = `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;
    return conforming.fetch(`${platform.url}/api/packhouse/v1${path}`, {
      method,
      headers: as === 'nobody' ? {} : { authorization },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
  const statusOf = async (method: string, path: string, more: Call = {}) =>
    (await call(method, path, more)).status;

  beforeAll(async () => {
    platform = await startPlatform({ mode });
    conforming = await ConformingFetch.open(platform.url);
    for (const login of ['ann', 'bob', 'eve']) await platform.api.createUser(login, password);
    const ann = PlatformApi.withPassword(platform.url, 'ann', password);
    for (const login of ['acme', 'beta']) await ann.createOrganization(login);
    await ann.setMember('acme', 'bob', 'member');
  }, 240_000);
  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  }, 60_000);

  it('of an organization are read by members and set by owners', async () => {
    const path = '/organizations/acme/policy';
    expect(await statusOf('GET', path, { as: 'nobody' })).toBe(401);
    expect(await statusOf('GET', path, { as: 'eve' })).toBe(403);
    expect(await (await call('GET', path, { as: 'bob' })).json()).toEqual({
      ...{ baseRole: 'read', inheritByDefault: true, auditReads: 'off' },
      ...{ createPublic: true, createPrivate: true, createInternal: true },
    });
    const body = { baseRole: 'none', createPublic: false };
    expect(await statusOf('PATCH', path, { as: 'bob', body })).toBe(403);
    const changed = await call('PATCH', path, { as: 'ann', body });
    expect(await changed.json()).toMatchObject({ ...body, createPrivate: true });
    for (const wrong of [{ baseRole: 'root' }, { unknown: true }, { createPublic: 'no' }])
      expect(await statusOf('PATCH', path, { as: 'ann', body: wrong })).toBe(400);
    expect(await statusOf('GET', '/organizations/ann/policy', { as: 'ann' })).toBe(404);
  });

  it('of formats are for site administrators, and for formats that the instance has', async () => {
    expect(await statusOf('GET', '/format-policies', { as: 'ann' })).toBe(403);
    const others = [
      { format: 'container', state: 'enabled' },
      { format: 'docker', state: 'enabled' },
    ];
    expect(await (await call('GET', '/format-policies')).json()).toMatchObject({
      items: [...others, { format: 'npm', state: 'enabled' }],
    });
    const body = { state: 'read-only' };
    expect(await statusOf('PUT', '/format-policies/npm', { as: 'ann', body })).toBe(403);
    expect(await statusOf('PUT', '/format-policies/nothing', { body })).toBe(404);
    expect(await statusOf('PUT', '/format-policies/npm', { body: { state: 'off' } })).toBe(400);
    expect(await statusOf('PUT', '/format-policies/npm', { body })).toBe(200);
    expect(await (await call('GET', '/format-policies')).json()).toMatchObject({
      items: [...others, { format: 'npm', state: 'read-only' }],
    });
    expect(await statusOf('PUT', '/format-policies/npm', { body: { state: 'enabled' } })).toBe(200);
  });

  it('of storage are set by site administrators, seen by owners, and kept in the audit log', async () => {
    const path = '/owners/acme/storage';
    const statuses = (as: string, more: Call = {}) =>
      statusOf(more.body ? 'PUT' : 'GET', path, { as, ...more });
    expect([await statuses('nobody'), await statuses('bob'), await statuses('eve')]).toEqual([401, 403, 403]);
    expect(await statusOf('GET', '/owners/nobody-here/storage', { as: 'ann' })).toBe(404);
    const none = { limitBytes: null, usedBytes: 0, reservedBytes: 0 };
    expect(await (await call('GET', path, { as: 'ann' })).json()).toEqual(none);
    expect(await (await call('GET', '/owners/ann/storage', { as: 'ann' })).json()).toEqual(none);
    const body = { limitBytes: 50e9 };
    expect(await statuses('ann', { body })).toBe(403);
    expect(await statusOf('PUT', '/owners/nobody-here/storage', { body })).toBe(404);
    for (const wrong of [
      {},
      { limitBytes: -1 },
      { limitBytes: 0.5 },
      { limitBytes: '50GB' },
      { ...body, more: 1 },
    ])
      expect(await statusOf('PUT', path, { body: wrong })).toBe(400);
    expect(await (await call('PUT', path, { body })).json()).toEqual({ ...none, ...body });
    expect(await (await call('GET', path, { as: 'ann' })).json()).toEqual({ ...none, ...body });
    expect(await statusOf('PUT', path, { body: { limitBytes: null } })).toBe(200);
    await waitUntil('Both changes are in the audit log', async () => {
      const log = await call('GET', '/audit-log?owner=acme&action=account.storage_limit_set', { as: 'ann' });
      const { items } = (await log.json()) as { items: Array<Record<string, unknown>> };
      if (items.length < 2) return false;
      expect(items).toMatchObject([
        { owner: 'acme', actor: platform.adminLogin, before: { bytes: 50e9 }, data: { bytes: null } },
        { before: { bytes: null }, data: { bytes: 50e9 } },
      ]);
      return true;
    });
  });

  it('of enterprises group organizations, by site administrators', async () => {
    const body = { slug: 'Conglomerate', name: 'The whole' };
    expect(await statusOf('POST', '/enterprises', { as: 'ann', body })).toBe(403);
    expect(await statusOf('POST', '/enterprises', { body })).toBe(201);
    expect(await statusOf('POST', '/enterprises', { body })).toBe(409);
    const path = '/enterprises/conglomerate';
    for (const org of ['acme', 'beta'])
      expect(await statusOf('PUT', `${path}/organizations/${org}`)).toBe(204);
    expect(await statusOf('PUT', `${path}/organizations/ann`)).toBe(404);
    expect(await statusOf('PUT', `${path}/organizations/acme`, { as: 'ann' })).toBe(403);
    const first = (await (await call('GET', `${path}/organizations?limit=1`)).json()) as { next: string };
    expect(first).toMatchObject({ items: [{ login: 'acme' }] });
    const second = await call('GET', `${path}/organizations?limit=1&cursor=${first.next}`);
    expect(await second.json()).toMatchObject({ items: [{ login: 'beta' }], next: null });
    expect(await statusOf('GET', `${path}/organizations?cursor=x`)).toBe(400);
    expect(await statusOf('DELETE', `${path}/organizations/beta`)).toBe(204);
    expect(await statusOf('DELETE', `${path}/organizations/beta`)).toBe(404);
    expect(await (await call('GET', '/enterprises')).json()).toMatchObject({
      items: [{ slug: 'Conglomerate' }],
    });
    expect(await statusOf('DELETE', path)).toBe(204);
    expect(await statusOf('GET', path)).toBe(404);
  });

  it('count on every replica at once, each of which was asked before', async () => {
    const everywhere = (login: string, path: string): Promise<number[]> => {
      const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
      return statusEverywhere(platform, `/api/packhouse/v1${path}`, authorization);
    };
    await call('POST', '/repositories', { as: 'ann', body: { owner: 'acme', name: 'spread' } });
    const setBase = (baseRole: string) =>
      call('PATCH', '/organizations/acme/policy', { as: 'ann', body: { baseRole } });
    for (const [role, status] of [
      ['read', 200],
      ['none', 404],
      ['read', 200],
    ] as const) {
      await setBase(role);
      await expect(everywhere('bob', '/repositories/acme/spread')).resolves.toEqual(
        onEvery(platform, status),
      );
    }
    await call('POST', '/enterprises', { body: { slug: 'spread', name: 'Spread' } });
    await call('PUT', '/enterprises/spread/organizations/acme');
    await expect(everywhere('ann', '/enterprises/spread')).resolves.toEqual(onEvery(platform, 403));
    await call('DELETE', '/enterprises/spread');
  });

  it('of members decide who sees a repository', async () => {
    const body = { owner: 'acme', name: 'seen' };
    expect(await statusOf('POST', '/repositories', { as: 'ann', body })).toBe(201);
    const path = '/repositories/acme/seen';
    await call('PATCH', '/organizations/acme/policy', { as: 'ann', body: { baseRole: 'none' } });
    expect(await statusOf('GET', path, { as: 'bob' })).toBe(404);
    await call('PATCH', '/organizations/acme/policy', { as: 'ann', body: { baseRole: 'read' } });
    expect(await statusOf('GET', path, { as: 'bob' })).toBe(200);
    expect(await statusOf('GET', path, { as: 'eve' })).toBe(404);
    expect(await statusOf('GET', path, { as: 'nobody' })).toBe(401);
  });

  it('say which repositories members make, on our own routes too; who makes one administers it', async () => {
    const make = (as: string, name: string, visibility: string) =>
      statusOf('POST', '/repositories', { as, body: { owner: 'acme', name, visibility } });
    await call('PATCH', '/organizations/acme/policy', { as: 'ann', body: { createPublic: false } });
    expect(await make('bob', 'open', 'public')).toBe(403);
    expect(await make('ann', 'open', 'public')).toBe(201);
    expect(await make('bob', 'shut', 'private')).toBe(201);
    expect(await statusOf('POST', '/repositories/acme/shut/workflow-tokens', { as: 'bob', body: {} })).toBe(
      201,
    );
    await call('PATCH', '/organizations/acme/policy', { as: 'ann', body: { createPublic: true } });
    expect(await make('bob', 'later', 'public')).toBe(201);
  });

  it('leave the older client of the API working', async () => {
    const bob = PlatformApi.withPassword(platform.url, 'bob', password);
    await expect(bob.call('GET', '/organizations/acme/policy')).resolves.toHaveProperty('baseRole');
    await expect(bob.call('GET', '/enterprises')).rejects.toBeInstanceOf(ApiError);
  });
});
