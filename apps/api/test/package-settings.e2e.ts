import { NpmClient, waitUntil, writePackage, writeProject } from '@packhouse/testing';
import { PackagesWorld, type Person, type Shown } from './support/packages-world';

jest.setTimeout(180_000);

const type = { package_type: 'npm' };

interface OwnView {
  readonly visibility: string;
  readonly repository: string | null;
  readonly inheritsAccess: boolean;
}

describe('settings of packages', () => {
  let world: PackagesWorld;

  beforeAll(async () => {
    world = await PackagesWorld.start({ PACKHOUSE_DELETE_MAX_DOWNLOADS: '1' });
  });
  afterAll(() => world?.stop());

  /** A call of our own API below a package; gives status and body. */
  async function call(person: Person, method: string, path: string, body?: object) {
    const answer = await world.conforming.fetch(`${world.platform.url}/api/packhouse/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text ? JSON.parse(text) : null) as Record<string, unknown> };
  }
  const at = (name: string, path = '') => `packages/acme/npm/${name}${path}`;

  it('37: public is for ever, for admins too; internal is told as such', async () => {
    await world.publish(world.ann, '@acme/seen', ['1.0.0']);
    const set = (visibility: string) => call(world.ann, 'PUT', at('seen', '/visibility'), { visibility });
    expect((await set('internal')).body).toMatchObject({ visibility: 'internal' });
    // GitHub's published schema knows no `internal` (spec P-22): this answer is compared with ours only.
    const answer = await fetch(`${world.platform.url}/api/v3/orgs/acme/packages/npm/seen`, {
      headers: { authorization: `Bearer ${world.bob.token}` },
    });
    expect(((await answer.json()) as Shown).visibility).toBe('internal');
    expect((await set('public')).status).toBe(200);
    expect(await set('private')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    await world.publish(world.ann, '@ann/own', ['1.0.0']);
    const own = await call(world.ann, 'PUT', 'packages/ann/npm/own/visibility', { visibility: 'internal' });
    expect(own.status).toBe(400);
  });

  it('38: a package linked later keeps its list of people until inheritance is turned on', async () => {
    await world.ann.api.call('POST', '/repositories', { owner: 'acme', name: 'app' });
    await world.publish(world.ann, '@acme/linked', ['1.0.0']);
    expect((await call(world.ann, 'PUT', at('linked', '/access/people/bob'), { role: 'read' })).status).toBe(
      204,
    );
    const link = (repository: string) => call(world.ann, 'PUT', at('linked', '/repository'), { repository });
    expect((await link('nothing')).status).toBe(404);
    expect((await link('app')).body).toMatchObject({ repository: 'app', inheritsAccess: false });
    const shown = await world.ann.octokit.call<Shown>('packages.getPackageForOrganization', {
      ...{ org: 'acme', ...type, package_name: 'linked' },
    });
    expect(shown.repository?.full_name).toBe('acme/app');
    const list = async () => (await call(world.ann, 'GET', at('linked', '/access'))).body;
    expect(await list()).toMatchObject({
      people: expect.arrayContaining([{ login: 'bob', role: 'read' }]) as unknown,
    });
    const inherit = (inherits: boolean) => call(world.ann, 'PUT', at('linked', '/inheritance'), { inherits });
    expect((await inherit(true)).body as unknown as OwnView).toMatchObject({ inheritsAccess: true });
    expect(await list()).toMatchObject({ inheritsAccess: true, people: [] });
    expect((await call(world.ann, 'PUT', at('linked', '/access/people/bob'), { role: 'read' })).status).toBe(
      403,
    );
    expect((await inherit(false)).body).toMatchObject({ inheritsAccess: false });
    expect(await list()).toMatchObject({ people: [{ login: 'ann', role: 'admin' }] });
    const unlinked = await call(world.ann, 'DELETE', at('linked', '/repository'));
    expect(unlinked.body).toMatchObject({ repository: null });
  });

  it('44: a repository that moves away leaves the package behind, unlinked', async () => {
    await world.ann.api.call('POST', '/repositories', { owner: 'acme', name: 'moving' });
    await world.publish(world.ann, '@acme/stays', ['1.0.0']);
    await call(world.ann, 'PUT', at('stays', '/repository'), { repository: 'moving' });
    await call(world.ann, 'PUT', at('stays', '/inheritance'), { inherits: true });
    await world.ann.octokit.send('repos.transfer', { owner: 'acme', repo: 'moving', new_owner: 'ann' });
    await waitUntil('The link is gone', async () => {
      const { body } = await call(world.ann, 'GET', at('stays'));
      return body['repository'] === null && body['inheritsAccess'] === false;
    });
  });

  it('names who would miss a version: dependents, tags and downloads by whom', async () => {
    await world.publish(world.ann, '@acme/base', ['1.0.0', '2.0.0']);
    const manifest = { dependencies: { '@acme/base': '^1.0.0' } };
    await world.publish(world.ann, '@acme/user', ['1.0.0', '1.1.0'], { manifest });
    await world.publish(world.eve, '@eve/secret', ['1.0.0'], { manifest });
    await (await world.tarball('@acme/base', '1.0.0', world.ann.token)).arrayBuffer();
    const radius = async () => (await call(world.ann, 'GET', at('base', '/blast-radius'))).body;
    await waitUntil('The download is counted', async () => {
      const { downloads } = (await radius()) as { downloads: { total: number } };
      return downloads.total === 1;
    });
    expect(await radius()).toMatchObject({
      tags: ['latest'],
      dependents: {
        total: 2,
        items: [
          { owner: 'acme', name: '@acme/user', version: '1.1.0', isLatest: true, requirement: '^1.0.0' },
          { version: '1.0.0', isLatest: false },
        ],
      },
      downloads: { total: 1, by: [{ account: 'ann', count: 1, repository: null }] },
    });
    expect((await call(world.eve, 'GET', at('base', '/blast-radius'))).status).toBe(404);
  });

  it('lets only owners delete what many downloaded, and only with a reason', async () => {
    await world.publish(world.bob, '@acme/loved', ['1.0.0', '2.0.0'], { access: 'public' });
    for (let time = 0; time < 3; time += 1)
      await (await world.tarball('@acme/loved', '1.0.0', null)).arrayBuffer();
    await waitUntil('The downloads are counted', async () => {
      const { body } = await call(world.bob, 'GET', at('loved', '/downloads'));
      return body['total'] === 3;
    });
    expect((await call(world.bob, 'DELETE', at('loved'))).status).toBe(400);
    expect((await call(world.bob, 'DELETE', at('loved', '?reason=mine'))).status).toBe(403);
    expect((await call(world.ann, 'DELETE', at('loved', '?reason=leaked'))).status).toBe(204);
  });

  it('keeps the numbers of public versions, until a site administrator frees one', async () => {
    await world.publish(world.ann, '@acme/numbers', ['1.0.0', '2.0.0'], { access: 'public' });
    const target = { org: 'acme', ...type, package_name: 'numbers' };
    const versions = await world.ann.octokit.call<Shown[]>(
      'packages.getAllPackageVersionsForPackageOwnedByOrg',
      target,
    );
    const first = versions.find(({ name }) => name === '1.0.0');
    expect((await call(world.ann, 'DELETE', at('numbers', `/versions/${first?.id}`))).status).toBe(204);
    const again = () => world.publish(world.ann, '@acme/numbers', ['1.0.0'], { access: 'public' });
    await expect(again()).rejects.toThrow('HTTP 409');
    const path = at('numbers', '/reserved-versions/1.0.0');
    expect((await call(world.ann, 'DELETE', path)).status).toBe(403);
    const { api } = world.platform;
    await api.call('DELETE', `/${path}`);
    await expect(api.call('DELETE', `/${path}`)).rejects.toMatchObject({ status: 404 });
    await again();
    await waitUntil('It is in the audit log', async () => {
      const { items } = (await api.call(
        'GET',
        '/audit-log?action=packages.package_version_freed&limit=1',
      )) as { items: object[] };
      return items.length === 1;
    });
  });

  it('finds packages of every owner, and none that the caller may not read', async () => {
    const names = async (person: Person) => {
      const { body } = await call(person, 'GET', 'search/packages?q=secret');
      return (body as { items: { name: string }[] }).items.map(({ name }) => name);
    };
    expect(await names(world.eve)).toEqual(['@eve/secret']);
    expect(await names(world.ann)).toEqual([]);
  });

  it('npm unpublishes, the API restores, and npm installs again', async () => {
    const npm = new NpmClient('npm-11', {
      registry: `${world.platform.url}/_registry/npm`,
      scopes: ['@acme'],
      token: world.ann.token,
    });
    for (const version of ['1.0.0', '2.0.0'])
      await npm.publish(writePackage({ name: '@acme/back', version }));
    await npm.run(['unpublish', '@acme/back@2.0.0']);
    const target = { org: 'acme', ...type, package_name: 'back' };
    const [gone] = await world.ann.octokit.call<Shown[]>(
      'packages.getAllPackageVersionsForPackageOwnedByOrg',
      { ...target, state: 'deleted' },
    );
    expect(gone?.name).toBe('2.0.0');
    await world.ann.octokit.send('packages.restorePackageVersionForOrg', {
      ...{ ...target, package_version_id: gone!.id },
    });
    npm.clearCache();
    const { stdout } = await npm.run(['view', '@acme/back', 'dist-tags', '--json']);
    expect(JSON.parse(stdout)).toEqual({ latest: '2.0.0' });
    await npm.run(['install', '@acme/back@2.0.0'], { cwd: writeProject() });
    await npm.run(['unpublish', '@acme/back', '--force']);
    await world.ann.octokit.send('packages.restorePackageForOrg', target);
    npm.clearCache();
    await npm.run(['install', '@acme/back@1.0.0'], { cwd: writeProject() });
  });

  it('35: nothing is restored once its time is up', async () => {
    const { octokit } = world.ann;
    await world.publish(world.ann, '@acme/late', ['1.0.0']);
    const target = { org: 'acme', ...type, package_name: 'late' };
    await octokit.send('packages.deletePackageForOrg', target);
    await world.platform.stop();
    await world.platform.restart({ PACKHOUSE_RESTORE_DAYS: '0' });
    expect(await octokit.statusOf('packages.restorePackageForOrg', target)).toBe(404);
  });
});
