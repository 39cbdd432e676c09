import { runDeleteVersionsAction, type ActionInputs } from '@packhouse/testing';
import { openOctokit, PackagesWorld, type Shown } from './support/packages-world';

jest.setTimeout(120_000);

/** Acceptance test 58: the official action needs no change, whoever owns the package. */
describe('58: the action that deletes package versions', () => {
  let world: PackagesWorld;

  beforeAll(async () => {
    world = await PackagesWorld.start();
  });
  afterAll(() => world?.stop());

  const versions = ['1.0.0', '1.1.0', '2.0.0-rc.1', '2.0.0-rc.2', '2.0.0', '2.1.0-beta'];

  describe.each(['acme', 'ann'])('for packages of %s', (owner) => {
    async function clean(
      name: string,
      inputs: Partial<ActionInputs>,
      published = versions,
    ): Promise<string[]> {
      await world.publish(world.ann, `@${owner}/${name}`, published);
      const target = { owner, packageName: name, packageType: 'npm' };
      await runDeleteVersionsAction(world.ann.octokit, { ...target, ...inputs });
      return left(name);
    }
    async function list(name: string): Promise<Shown[]> {
      const target = { username: owner, package_type: 'npm', package_name: name };
      return world.ann.octokit.call('packages.getAllPackageVersionsForPackageOwnedByUser', target);
    }
    const left = async (name: string): Promise<string[]> =>
      (await list(name)).map((shown) => shown.name).reverse();

    it('deletes the oldest one, or as many as it is told', async () => {
      expect(await clean('one', {})).toEqual(versions.slice(1));
      expect(await clean('some', { numOldVersionsToDelete: 4 })).toEqual(versions.slice(4));
    });

    it('keeps the newest', async () => {
      expect(await clean('keep', { minVersionsToKeep: 2 })).toEqual(versions.slice(4));
      expect(await clean('keep-more', { minVersionsToKeep: 10 })).toEqual(versions);
    });

    it('leaves alone what a pattern ignores', async () => {
      const inputs = { minVersionsToKeep: 1, ignoreVersions: /^1\./ };
      expect(await clean('ignore', inputs)).toEqual(['1.0.0', '1.1.0', '2.1.0-beta']);
    });

    it('deletes pre-releases only, and keeps the newest of them', async () => {
      expect(await clean('final', { deleteOnlyPreReleaseVersions: true })).toEqual([
        '1.0.0',
        '1.1.0',
        '2.0.0',
      ]);
      const inputs = { deleteOnlyPreReleaseVersions: true, minVersionsToKeep: 1 };
      expect(await clean('latest', inputs)).toEqual(['1.0.0', '1.1.0', '2.0.0', '2.1.0-beta']);
    });

    it('takes "untagged" for images only, as its documentation says', async () => {
      expect(await clean('untagged', { deleteOnlyUntaggedVersions: true })).toEqual(versions.slice(1));
    });

    it('deletes the versions that are named, and is refused others', async () => {
      await world.publish(world.ann, `@${owner}/named`, versions);
      const [newest, , third] = await list('named');
      const target = { owner, packageName: 'named', packageType: 'npm' };
      await runDeleteVersionsAction(world.ann.octokit, { ...target, packageVersionIds: [third!.id] });
      expect(await left('named')).not.toContain(third!.name);
      for (const inputs of [
        { ...target, packageVersionIds: [third!.id] },
        { ...target, packageName: 'one', packageVersionIds: [newest!.id] },
      ])
        await expect(runDeleteVersionsAction(world.ann.octokit, inputs)).rejects.toMatchObject({
          status: 404,
        });
      const own = { ...target, packageVersionIds: [newest!.id] };
      await expect(runDeleteVersionsAction(world.eve.octokit, own)).rejects.toMatchObject({ status: 404 });
      expect(await left('named')).toContain(newest!.name);
    });
  });

  it('reads more than a page, and deletes a hundred at once', async () => {
    const many = Array.from({ length: 103 }, (_, index) => `1.${index}.0`);
    await world.publish(world.ann, '@acme/many', many);
    const inputs = { owner: 'acme', packageName: 'many', packageType: 'npm', minVersionsToKeep: 1 };
    expect(await runDeleteVersionsAction(world.ann.octokit, inputs)).toHaveLength(100);
    const target = { org: 'acme', package_type: 'npm', package_name: 'many' };
    const listed = await world.ann.octokit.call<Shown[]>(
      'packages.getAllPackageVersionsForPackageOwnedByOrg',
      target,
    );
    expect(listed.map(({ name }) => name)).toEqual(['1.102.0', '1.101.0', '1.100.0']);
  });

  it('runs with the token of the workflow that published the package, and with no other workflow’s', async () => {
    const tokenOfJob = async (name: string): Promise<string> => {
      await world.ann.api.call('POST', '/repositories', { owner: 'acme', name });
      const path = `/repositories/acme/${name}/workflow-tokens`;
      return ((await world.ann.api.call('POST', path, { role: 'write' })) as { token: string }).token;
    };
    const [job, foreign] = [await tokenOfJob('app'), await tokenOfJob('else')];
    await world.publish({ token: job }, '@acme/built', ['1.0.0', '2.0.0', '3.0.0']);
    const inputs = { owner: 'acme', packageName: 'built', packageType: 'npm', minVersionsToKeep: 1 };
    const as = (token: string) => openOctokit(world.platform, world.conforming, token);
    await expect(runDeleteVersionsAction(as(foreign), inputs)).rejects.toMatchObject({ status: 404 });
    expect(await runDeleteVersionsAction(as(job), inputs)).toHaveLength(2);
  });
});
