import { buildPackage, PlatformApi, selectModes, waitUntil } from '@packhouse/testing';
import { PackagesWorld, type Person } from './support/packages-world';
import { onEvery, statusEverywhere } from './support/replicas';

jest.setTimeout(60_000);

const tarball = '/_registry/npm/@acme/lib/-/lib-1.0.0.tgz';
const password = 'correct-horse-battery';

interface Access {
  readonly inheritsAccess: boolean;
  readonly people: ReadonlyArray<{ login: string; role: string }>;
  readonly teams: ReadonlyArray<{ slug: string; role: string }>;
  readonly repositories: ReadonlyArray<{ owner: string; name: string; role: string }>;
}

/**
 * Access of teams, and of the workflows of repositories ("Actions access"), to a private package of acme. `bob` is in the
 * team `masons` below `builders`; nobody but `ann` has any role else.
 */
describe.each(selectModes())('grants on packages, %s', (mode) => {
  let world: PackagesWorld;
  let mia: Person;

  beforeAll(async () => {
    world = await PackagesWorld.start({}, mode);
    const { ann, platform } = world;
    await ann.api.call('PATCH', '/organizations/acme/policy', { baseRole: 'none' });
    for (const name of ['app', 'other']) await ann.api.call('POST', '/repositories', { owner: 'acme', name });
    await ann.api.call('POST', '/repositories', { owner: 'ann', name: 'own' });
    const { octokit } = ann;
    const closed = { org: 'acme', privacy: 'closed' };
    const builders = await octokit.call<{ id: number }>('teams.create', { ...closed, name: 'builders' });
    await octokit.call('teams.create', { ...closed, name: 'masons', parent_team_id: builders.id });
    await octokit.call('teams.addOrUpdateMembershipForUserInOrg', {
      ...{ org: 'acme', team_slug: 'masons', username: 'bob' },
    });
    await platform.api.createUser('mia', password);
    await ann.api.setMember('acme', 'mia', 'member');
    const api = PlatformApi.withPassword(platform.url, 'mia', password);
    const { token } = await api.createToken({ scopes: ['read:packages', 'write:packages', 'repo'] });
    mia = { login: 'mia', token, api, octokit: world.eve.octokit };
    await world.publish(ann, '@acme/lib', ['1.0.0']);
  }, 240_000);
  afterAll(() => world?.stop(), 60_000);

  interface Call {
    readonly as?: Pick<Person, 'token'> | null;
    readonly body?: unknown;
    readonly package?: string;
  }

  /** A call below the access of a package, as ann unless said; every answer is compared with the description. */
  async function call(method: string, path: string, { as, body, package: name = 'acme/npm/lib' }: Call = {}) {
    const person = as === undefined ? world.ann : as;
    const answer = await world.conforming.fetch(
      `${world.platform.url}/api/packhouse/v1/packages/${name}/access${path}`,
      {
        method,
        headers: {
          ...(person ? { authorization: `Bearer ${person.token}` } : {}),
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
    );
    const text = await answer.text();
    const parsed = (text === '' ? {} : JSON.parse(text)) as Access & { message?: string };
    return { status: answer.status, body: parsed };
  }
  const statusOf = async (method: string, path: string, more: Call = {}) =>
    (await call(method, path, more)).status;
  const list = async (): Promise<Access> => (await call('GET', '')).body;

  /** What each replica answers to the download of the tarball. */
  const downloads = (token: string): Promise<number[]> =>
    statusEverywhere(world.platform, tarball, `Bearer ${token}`);
  const all = (status: number): number[] => onEvery(world.platform, status);

  async function publish(token: string, version: string): Promise<number> {
    const built = await buildPackage({ name: '@acme/lib', version });
    const answer = await world.registry('@acme%2flib', token, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: built.document(`${world.platform.url}/_registry/npm`),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  describe('of teams', () => {
    const builders = '/teams/builders';

    it('reach members of the teams below, on every replica at once, and are taken back so', async () => {
      const { token } = world.bob;
      await expect(downloads(token)).resolves.toEqual(all(404));
      expect(await statusOf('PUT', builders, { body: { role: 'read' } })).toBe(204);
      await expect(downloads(token)).resolves.toEqual(all(200));
      await expect(downloads(mia.token)).resolves.toEqual(all(404));
      expect(await publish(token, '1.1.0')).toBe(403);
      expect(await statusOf('PUT', builders, { body: { role: 'write' } })).toBe(204);
      expect(await publish(token, '1.1.0')).toBe(201);
      expect(await statusOf('GET', '', { as: world.bob })).toBe(403);
      expect((await list()).teams).toEqual([{ slug: 'builders', name: 'builders', role: 'write' }]);
      expect(await statusOf('PUT', builders, { body: { role: 'admin' } })).toBe(204);
      expect(await statusOf('GET', '', { as: world.bob })).toBe(200);
      expect(await statusOf('DELETE', builders)).toBe(204);
      await expect(downloads(token)).resolves.toEqual(all(404));
      expect((await list()).teams).toEqual([]);
    });

    it('are edited by admins only: what others are told depends on what they may see', async () => {
      const body = { role: 'admin' };
      expect(await statusOf('PUT', builders, { as: null, body })).toBe(401);
      expect(await statusOf('PUT', builders, { as: world.eve, body })).toBe(404);
      expect(await statusOf('PUT', builders, { as: mia, body })).toBe(404);
      await call('PUT', builders, { body: { role: 'write' } });
      const refused = await call('PUT', builders, { as: world.bob, body });
      expect(refused.status).toBe(403);
      expect(refused.body.message).toContain('admin');
      expect(await statusOf('DELETE', builders, { as: world.bob })).toBe(403);
      const { token } = await world.ann.api.createToken({ scopes: ['read:packages'] });
      expect(await statusOf('DELETE', builders, { as: { token } })).toBe(403);
      expect((await list()).teams).toHaveLength(1);
      expect(await statusOf('DELETE', builders)).toBe(204);
    });

    it('need a team of the owner, a role and a grant to take back', async () => {
      const body = { role: 'read' };
      expect(await statusOf('PUT', '/teams/nothing', { body })).toBe(404);
      expect(await statusOf('DELETE', '/teams/nothing')).toBe(404);
      expect(await statusOf('DELETE', builders)).toBe(404);
      for (const wrong of [{}, { role: 'owner' }, { role: 'read', more: 1 }])
        expect(await statusOf('PUT', builders, { body: wrong })).toBe(400);
      await world.publish(world.ann, '@ann/own', ['1.0.0']);
      expect(await statusOf('PUT', builders, { body, package: 'ann/npm/own' })).toBe(404);
      await world.ann.api.createOrganization('beta');
      await world.ann.octokit.call('teams.create', { org: 'beta', name: 'foreign' });
      expect(await statusOf('PUT', '/teams/foreign', { body })).toBe(404);
      expect((await list()).teams).toEqual([]);
    });
  });

  describe('of workflows (acceptance test 42)', () => {
    const other = '/repositories/other';
    const tokenOfJob = async (repository: string, role = 'write'): Promise<string> => {
      const path = `/repositories/acme/${repository}/workflow-tokens`;
      return ((await world.ann.api.call('POST', path, { role })) as { token: string }).token;
    };

    it('let the jobs of that repository install, then publish, and end on every replica at once', async () => {
      const [token, reading] = [await tokenOfJob('other'), await tokenOfJob('other', 'read')];
      const elsewhere = await tokenOfJob('app');
      await expect(downloads(token)).resolves.toEqual(all(404));
      expect(await statusOf('PUT', other, { body: { role: 'read' } })).toBe(204);
      await expect(downloads(token)).resolves.toEqual(all(200));
      await expect(downloads(elsewhere)).resolves.toEqual(all(404));
      expect(await publish(token, '2.0.0')).toBe(403);
      expect(await statusOf('PUT', other, { body: { role: 'write' } })).toBe(204);
      expect(await publish(reading, '2.0.0')).toBe(403);
      expect(await publish(token, '2.0.0')).toBe(201);
      expect((await list()).repositories).toEqual([{ owner: 'acme', name: 'other', role: 'write' }]);
      expect(await statusOf('DELETE', other)).toBe(204);
      await expect(downloads(token)).resolves.toEqual(all(404));
      expect(await statusOf('DELETE', other)).toBe(404);
    });

    it('count while the package inherits the access of another repository, unlike those of teams', async () => {
      const path = `${world.platform.url}/api/packhouse/v1/packages/acme/npm/lib`;
      const set = (what: string, body: object) =>
        world.conforming.fetch(`${path}/${what}`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${world.ann.token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
      expect((await set('repository', { repository: 'app' })).status).toBe(200);
      expect((await set('inheritance', { inherits: true })).status).toBe(200);
      const refused = await call('PUT', '/teams/builders', { body: { role: 'read' } });
      expect(refused.status).toBe(403);
      expect(refused.body.message).toContain('inherits');
      expect(await statusOf('PUT', other, { body: { role: 'read' } })).toBe(204);
      await expect(downloads(await tokenOfJob('other'))).resolves.toEqual(all(200));
      expect((await list()).repositories).toMatchObject([{ name: 'other' }]);
      expect((await set('inheritance', { inherits: false })).status).toBe(200);
      expect(await statusOf('DELETE', other)).toBe(204);
    });

    it('need a repository of the owner, a role, and an admin of the package', async () => {
      const body = { role: 'read' };
      for (const name of ['nothing', 'own'])
        expect(await statusOf('PUT', `/repositories/${name}`, { body })).toBe(404);
      expect(await statusOf('PUT', other, { body: { role: 'maintain' } })).toBe(400);
      expect(await statusOf('PUT', other, { as: null, body })).toBe(401);
      for (const as of [world.eve, mia]) {
        expect(await statusOf('PUT', other, { as, body })).toBe(404);
        expect(await statusOf('DELETE', other, { as })).toBe(404);
      }
      const job = await tokenOfJob('other');
      expect(await statusOf('PUT', other, { as: { token: job }, body: { role: 'admin' } })).toBe(404);
      expect((await list()).repositories).toEqual([]);
    });

    it('tell an admin of the package nothing of repositories that it may not see', async () => {
      await call('PUT', '/people/mia', { body: { role: 'admin' } });
      const body = { role: 'read' };
      const hidden = await call('PUT', other, { as: mia, body });
      const absent = await call('PUT', '/repositories/nothing', { as: mia, body });
      expect([hidden.status, absent.status]).toEqual([404, 404]);
      expect(hidden.body.message?.replaceAll('other', '?')).toBe(
        absent.body.message?.replaceAll('nothing', '?'),
      );
    });
  });

  it('are entries of the audit log with who gave them', async () => {
    const { token } = await world.ann.api.createToken({ scopes: ['read:audit_log'] });
    const given = async (action: string): Promise<unknown[]> => {
      const path = `/api/packhouse/v1/audit-log?owner=acme&action=${action}&limit=100`;
      const answer = await world.conforming.fetch(`${world.platform.url}${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const { items } = (await answer.json()) as { items: Array<{ actor: string; data: object }> };
      return items.map(({ actor, data }) => [actor, (data as { role: unknown }).role]);
    };
    for (const action of ['packages.team_access_granted', 'packages.actions_access_granted'])
      await waitUntil(`${action} is written`, async () => (await given(action)).length > 0);
    expect(await given('packages.team_access_granted')).toContainEqual(['ann', 'read']);
    expect(await given('packages.team_access_removed')).toContainEqual(['ann', null]);
    expect(await given('packages.actions_access_changed')).toContainEqual(['ann', 'write']);
  });
});
