import { selectModes, waitUntil } from '@packhouse/testing';
import { openOctokit, PackagesWorld, type Shown } from './support/packages-world';

jest.setTimeout(180_000);

const type = { package_type: 'npm' };

describe.each(selectModes())('packages are managed with the unmodified @octokit/rest, %s', (mode) => {
  let world: PackagesWorld;

  beforeAll(async () => {
    world = await PackagesWorld.start({ PACKHOUSE_DELETE_MAX_DOWNLOADS: '2' }, mode);
  }, 240_000);
  afterAll(() => world?.stop(), 60_000);

  const org = 'acme';
  const places = [
    {
      kind: 'an organization',
      owner: { org },
      scope: 'acme',
      reads: 'Organization',
      changes: 'Org',
      versions: 'Org',
      url: 'orgs/acme',
    },
    {
      kind: 'a user',
      owner: { username: 'ann' },
      scope: 'ann',
      reads: 'User',
      changes: 'User',
      versions: 'User',
      url: 'users/ann',
    },
    {
      kind: 'oneself',
      owner: {},
      scope: 'ann',
      reads: 'AuthenticatedUser',
      changes: 'AuthenticatedUser',
      versions: 'AuthenticatedUser',
      url: 'users/ann',
    },
  ] as const;

  describe.each(places)('of $kind', ({ kind, owner, scope, reads, changes, versions, url }) => {
    const bare = `tool-${kind.replace(' ', '-')}`;
    const target = { ...owner, ...type, package_name: bare };
    const listVersions = `packages.getAllPackageVersionsForPackageOwnedBy${versions}`;

    it('every method of the client works, from the list to the restored version', async () => {
      const { octokit, token } = world.ann;
      const manifest = { description: 'a hammer', license: 'MIT' };
      await world.publish(world.ann, `@${scope}/${bare}`, ['1.0.0', '1.1.0', '2.0.0'], { manifest });
      const listed = await octokit.call<Shown[]>(`packages.listPackagesFor${reads}`, { ...owner, ...type });
      expect(listed.map(({ name }) => name)).toContain(bare);
      const shown = await octokit.call<Shown>(`packages.getPackageFor${reads}`, target);
      expect(shown).toMatchObject({
        name: bare,
        package_type: 'npm',
        visibility: 'private',
        version_count: 3,
        owner: { login: scope },
        url: `${world.platform.url}/api/v3/${url}/packages/npm/${bare}`,
        html_url: `${world.platform.url}/${url}/packages/npm/package/${bare}`,
      });
      const all = await octokit.call<Shown[]>(listVersions, target);
      expect(all.map(({ name }) => name)).toEqual(['2.0.0', '1.1.0', '1.0.0']);
      const version = { ...target, package_version_id: all[1]!.id };
      const one = await octokit.call(`packages.getPackageVersionFor${reads}`, version);
      expect(one).toMatchObject({
        name: '1.1.0',
        license: 'MIT',
        description: 'a hammer',
        metadata: { package_type: 'npm' },
      });

      const deleted = await octokit.send(`packages.deletePackageVersionFor${changes}`, version);
      expect([deleted.status, deleted.data]).toEqual([204, '']);
      expect(await octokit.statusOf(`packages.getPackageVersionFor${reads}`, version)).toBe(404);
      expect((await world.tarball(`@${scope}/${bare}`, '1.1.0', token)).status).toBe(404);
      const restored = await octokit.send(`packages.restorePackageVersionFor${changes}`, version);
      expect(restored.status).toBe(204);
      expect((await world.tarball(`@${scope}/${bare}`, '1.1.0', token)).status).toBe(200);

      expect((await octokit.send(`packages.deletePackageFor${changes}`, target)).status).toBe(204);
      for (const method of [
        `packages.getPackageFor${reads}`,
        listVersions,
        `packages.deletePackageFor${changes}`,
      ])
        expect(await octokit.statusOf(method, target)).toBe(404);
      expect((await octokit.send(`packages.restorePackageFor${changes}`, target)).status).toBe(204);
      expect((await octokit.call<Shown>(`packages.getPackageFor${reads}`, target)).id).toBe(shown.id);
      const conflicts = `packages.listDockerMigrationConflictingPackagesFor${reads}`;
      expect(await octokit.call(conflicts, owner)).toEqual([]);
    });

    it('takes npm names with their scope too', async () => {
      const whole = { ...target, package_name: `@${scope}/${bare}` };
      const shown = await world.ann.octokit.call<Shown>(`packages.getPackageFor${reads}`, whole);
      expect(shown.name).toBe(bare);
    });
  });

  it('27: a private package is not there for whoever may not read it, with 401 for strangers', async () => {
    await world.publish(world.ann, '@acme/secret', ['1.0.0', '2.0.0']);
    const target = { org, ...type, package_name: 'secret' };
    const get = 'packages.getPackageForOrganization';
    expect(await world.eve.octokit.statusOf(get, target)).toBe(404);
    expect(await world.eve.octokit.statusOf('packages.deletePackageForOrg', target)).toBe(404);
    const stranger = openOctokit(world.platform, world.conforming);
    expect(await stranger.statusOf(get, target)).toBe(401);
    expect(await stranger.statusOf(get, { ...target, package_name: 'nothing' })).toBe(401);
    const hidden = await world.eve.octokit.send(get, target).catch((error: { message: string }) => error);
    const absent = await world.eve.octokit
      .send(get, { ...target, package_name: 'absent' })
      .catch((error: { message: string }) => error);
    expect((hidden as Error).message.replaceAll('secret', '?')).toBe(
      (absent as Error).message.replaceAll('absent', '?'),
    );
  });

  it('28: a page of twenty names those before and after it', async () => {
    for (let index = 0; index < 45; index += 1)
      await world.publish(world.bob, `@bob/p${String(index).padStart(2, '0')}`, ['1.0.0']);
    const answer = await world.bob.octokit.send<Shown[]>('packages.listPackagesForUser', {
      ...{ username: 'bob', ...type, per_page: 20, page: 2 },
    });
    expect(answer.data).toHaveLength(20);
    const links = answer.headers.link ?? '';
    for (const rel of ['prev', 'next', 'first', 'last']) expect(links).toContain(`rel="${rel}"`);
    expect(links).toContain('package_type=npm');
    const all = await world.bob.octokit.paginate<Shown>('packages.listPackagesForUser', {
      ...{ username: 'bob', ...type, per_page: 20 },
    });
    expect(new Set(all.map(({ name }) => name)).size).toBe(45);
    const seen = await world.eve.octokit.call<Shown[]>('packages.listPackagesForUser', {
      ...{ username: 'bob', ...type },
    });
    expect(seen).toEqual([]);
  });

  it('29 and 30: a list without its type, or too deep, is refused with a reason', async () => {
    const read = (query: string) =>
      world.conforming.fetch(`${world.platform.url}/api/v3/orgs/acme/packages?${query}`, {
        headers: { authorization: `Bearer ${world.ann.token}` },
      });
    const untyped = await read('per_page=5');
    expect(untyped.status).toBe(400);
    expect(await untyped.json()).toMatchObject({
      message: expect.stringContaining('package_type') as string,
      documentation_url: expect.stringMatching(/^https:/) as string,
    });
    expect((await read('package_type=npm&page=200&per_page=100')).status).toBe(400);
    expect((await read('package_type=npm&page=100&per_page=100')).status).toBe(200);
    expect((await read('package_type=npm&visibility=secret')).status).toBe(400);
    expect(await (await read('package_type=maven')).json()).toEqual([]);
  });

  it('31 to 33: versions are listed by state, deleted with the right scopes, and the last one is not deleted', async () => {
    const { ann } = world;
    await world.publish(ann, '@acme/states', ['1.0.0', '2.0.0', '3.0.0']);
    const target = { org, ...type, package_name: 'states' };
    const list = (state?: string) =>
      ann.octokit.call<Shown[]>('packages.getAllPackageVersionsForPackageOwnedByOrg', { ...target, state });
    expect(await list('deleted')).toEqual([]);
    const [third, second, first] = await list();
    const reader = await world.withScopes(ann, ['read:packages']);
    const remover = await world.withScopes(ann, ['read:packages', 'delete:packages']);
    const remove = 'packages.deletePackageVersionForOrg';
    const version = (shown: Shown | undefined) => ({ ...target, package_version_id: shown!.id });
    expect(await reader.statusOf(remove, version(third))).toBe(403);
    expect(await remover.statusOf(remove, version(third))).toBe(204);
    const [gone] = await list('deleted');
    expect(gone).toMatchObject({ name: '3.0.0', deleted_at: expect.any(String) as string });
    expect(await remover.statusOf('packages.restorePackageVersionForOrg', version(third))).toBe(403);
    expect(await remover.statusOf(remove, version(second))).toBe(204);
    await expect(remover.send(remove, version(first))).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(
        'You cannot delete the last version of a package. You must delete the package instead.',
      ) as string,
    });
    const restorer = await world.withScopes(ann, ['read:packages', 'write:packages']);
    expect(await restorer.statusOf('packages.restorePackageVersionForOrg', version(third))).toBe(204);
  });

  it('34: a public version that was downloaded more often than the limit stays, one at the limit goes', async () => {
    const { ann } = world;
    await world.publish(ann, '@acme/popular', ['1.0.0', '2.0.0', '3.0.0'], { access: 'public' });
    for (const version of ['1.0.0', '1.0.0', '1.0.0', '2.0.0', '2.0.0'])
      await (await world.tarball('@acme/popular', version, null)).arrayBuffer();
    const target = { org, ...type, package_name: 'popular' };
    const all = await ann.octokit.call<Shown[]>('packages.getAllPackageVersionsForPackageOwnedByOrg', target);
    const idOf = (name: string) => all.find((shown) => shown.name === name)!.id;
    await waitUntil('The downloads are counted', async () => (await countDownloads()) === 5);
    const remove = (name: string) =>
      ann.octokit.send('packages.deletePackageVersionForOrg', { ...target, package_version_id: idOf(name) });
    await expect(remove('1.0.0')).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(
        'Publicly visible package versions with more than 2 downloads cannot be deleted',
      ) as string,
    });
    expect((await remove('2.0.0')).status).toBe(204);
    await expect(ann.octokit.send('packages.deletePackageForOrg', target)).rejects.toMatchObject({
      status: 400,
    });

    async function countDownloads(): Promise<number> {
      const answer = await world.registry('downloads/point/last-day/@acme/popular', ann.token);
      return ((await answer.json()) as { downloads?: number }).downloads ?? 0;
    }
  });

  it('36: a package is not restored over another that took its name, until that one is deleted', async () => {
    const { octokit } = world.ann;
    const target = { org, ...type, package_name: 'phoenix' };
    await world.publish(world.ann, '@acme/phoenix', ['1.0.0']);
    const old = await octokit.call<Shown>('packages.getPackageForOrganization', target);
    await octokit.send('packages.deletePackageForOrg', target);
    await world.publish(world.ann, '@acme/phoenix', ['2.0.0']);
    const newcomer = await octokit.call<Shown>('packages.getPackageForOrganization', target);
    expect(newcomer.id).not.toBe(old.id);
    expect(await octokit.statusOf('packages.restorePackageForOrg', target)).toBe(422);
    await octokit.send('packages.deletePackageForOrg', target);
    expect(await octokit.statusOf('packages.restorePackageForOrg', target)).toBe(204);
  });

  it('members who may only read are told what they lack', async () => {
    await world.publish(world.ann, '@acme/open', ['1.0.0', '2.0.0'], { access: 'public' });
    const target = { org, ...type, package_name: 'open' };
    for (const person of [world.bob, world.eve]) {
      expect(await person.octokit.statusOf('packages.getPackageForOrganization', target)).toBe(200);
      expect(await person.octokit.statusOf('packages.deletePackageForOrg', target)).toBe(403);
    }
    expect(await world.ann.octokit.statusOf('packages.restorePackageForOrg', target)).toBe(404);
  });
});
