import { PackagesWorld, type Person, type Shown } from './support/packages-world';

jest.setTimeout(180_000);

interface Page {
  readonly etag: string;
  readonly items: readonly Shown[];
}

describe('pages of packages, kept as they were shown', () => {
  let world: PackagesWorld;

  beforeAll(async () => {
    world = await PackagesWorld.start();
    const { ann, bob } = world;
    await ann.api.call('POST', '/repositories', { owner: 'acme', name: 'app', visibility: 'public' });
    for (const name of ['a', 'b', 'c']) await world.publish(ann, `@acme/${name}`, ['1.0.0']);
    await change('PUT', 'packages/acme/npm/b/repository', { repository: 'app' });
    for (const name of ['a', 'b'])
      await change('PUT', `packages/acme/npm/${name}/access/people/${bob.login}`, { role: 'read' });
  });
  afterAll(() => world?.stop());

  async function read(person: Person, path: string, etag?: string): Promise<Response> {
    const headers = { authorization: `Bearer ${person.token}`, ...(etag && { 'if-none-match': etag }) };
    return world.conforming.fetch(`${world.platform.url}/api/v3/${path}`, { headers });
  }

  async function change(method: string, path: string, body?: object): Promise<void> {
    const answer = await fetch(`${world.platform.url}/api/packhouse/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${world.ann.token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${await answer.text()}`);
  }

  async function pageFor(person: Person, org = 'acme'): Promise<Page> {
    const answer = await read(person, `orgs/${org}/packages?package_type=npm`);
    expect(answer.status).toBe(200);
    return { etag: answer.headers.get('etag')!, items: (await answer.json()) as Shown[] };
  }

  /** Every package by itself, which nothing keeps. */
  async function oneByOne(person: Person, org = 'acme'): Promise<Shown[]> {
    const found = ['c', 'b', 'a'].map((name) => read(person, `orgs/${org}/packages/npm/${name}`));
    const answers = await Promise.all(found);
    return Promise.all(answers.filter(({ ok }) => ok).map(async (answer) => (await answer.json()) as Shown));
  }

  /** Twice: the second may be a kept one. */
  async function expectCurrent(org = 'acme'): Promise<Page> {
    for (const person of [world.ann, world.bob]) {
      const expected = await oneByOne(person, org);
      const pages = [await pageFor(person, org), await pageFor(person, org)];
      expect(pages.map(({ items }) => items)).toEqual([expected, expected]);
      expect(pages[1]?.etag).toBe(pages[0]?.etag);
      const unchanged = await read(person, `orgs/${org}/packages?package_type=npm`, pages[0]?.etag);
      expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);
    }
    return pageFor(world.ann, org);
  }

  it('show readers who may see the same packages only the repositories that each may see', async () => {
    const before = await expectCurrent();
    expect(before.items.map(({ repository }) => repository?.full_name)).toEqual([
      undefined,
      'acme/app',
      undefined,
    ]);
    await world.ann.octokit.call('repos.update', { owner: 'acme', repo: 'app', private: true });
    await world.ann.octokit.call('orgs.update', { org: 'acme', default_repository_permission: 'none' });
    await expectCurrent();
    const [seen] = (await pageFor(world.bob)).items;
    expect([seen?.name, seen?.repository]).toEqual(['b', undefined]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a new version', () => world.publish(world.ann, '@acme/a', ['1.1.0'])],
    ['another visibility', () => change('PUT', 'packages/acme/npm/c/visibility', { visibility: 'public' })],
    ['a grant that is taken back', () => change('DELETE', 'packages/acme/npm/a/access/people/bob')],
    [
      'a repository under a new name',
      () => world.ann.octokit.call('repos.update', { owner: 'acme', repo: 'app', name: 'core' }),
    ],
    ['a package without its repository', () => change('DELETE', 'packages/acme/npm/b/repository')],
    [
      'a deleted package',
      () =>
        world.ann.octokit.call('packages.deletePackageForOrg', {
          org: 'acme',
          package_type: 'npm',
          package_name: 'c',
        }),
    ],
    [
      'a restored one',
      () =>
        world.ann.octokit.call('packages.restorePackageForOrg', {
          org: 'acme',
          package_type: 'npm',
          package_name: 'c',
        }),
    ],
  ])('follow at once: %s', async (_what, act) => {
    const before = await expectCurrent();
    await act();
    const after = await expectCurrent();
    const own = [before, after].map(({ items }) => JSON.stringify(items));
    // A grant of somebody else changes nothing for the owner.
    expect(own[0] === own[1]).toBe(_what.startsWith('a grant'));
    expect(before.etag === after.etag).toBe(own[0] === own[1]);
  });
});
