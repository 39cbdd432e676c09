import { newId } from '@packhouse/kernel';
import { alice, commitOf, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

describe('packages follow their owners and repositories', () => {
  let metadata: StartedMetadata;

  beforeAll(async () => {
    metadata = await startMetadata();
  }, 120_000);
  afterAll(() => metadata.stop());

  const event = <T>(payload: T) => ({
    ...{ id: newId(), type: 'told', source: 'auth', occurredAt: new Date().toISOString() },
    ...{ actor: null, payload },
  });

  /** One package that belongs to the repository, and one that only inherits from it. */
  async function publishBoth() {
    const [owner, repositoryId] = [newOwner(), newId()];
    const ids: string[] = [];
    for (const [name, scope] of [
      ['free', 'owner'],
      ['bound', 'repository'],
    ] as const) {
      const request = commitOf(owner, { name });
      const place = { ...request.package, scope, repositoryId, inheritsAccess: scope === 'owner' };
      ids.push((await metadata.client.commitVersion({ ...request, package: place })).package.id);
    }
    const facts = async () => (await metadata.client.getPackages({ ids })).packages;
    const find = async (name: string) => (await facts()).find((found) => found.name === name);
    return { owner, repositoryId, free: () => find('free'), bound: () => find('bound') };
  }

  it('44: when a repository moves, what belongs to it moves along and the rest stays, unlinked', async () => {
    const { owner, repositoryId, free, bound } = await publishBoth();
    const ownerId = newOwner();
    const moved = event({
      ...{ repositoryId, name: 'app', oldName: 'app', ownerId, ownerLogin: 'beta', oldOwnerId: owner },
      ...{ oldOwnerLogin: 'acme', visibility: 'public' as const, oldVisibility: 'private' as const },
    });
    await metadata.follow.repositoryTransferred(moved);
    await metadata.follow.repositoryTransferred(moved);
    expect(await free()).toMatchObject({ ownerId: owner, repositoryId: null, inheritsAccess: false });
    expect(await bound()).toMatchObject({ ownerId, repositoryId, visibility: 'public' });
    const name = { format: 'toy', nameKey: 'bound' };
    expect((await metadata.client.findPackage({ ...name, ownerId })).package?.name).toBe('bound');
    expect(await metadata.client.findPackage({ ...name, ownerId: owner })).toEqual({ package: null });
    expect(metadata.announced).toEqual(
      expect.arrayContaining([`name:toy/${owner}/bound`, `name:toy/${ownerId}/bound`]),
    );
  });

  it('when a repository changes or goes, its packages change and go with it', async () => {
    const { owner, repositoryId, free, bound } = await publishBoth();
    const ref = { repositoryId, ownerId: owner, name: 'app' };
    const [visibility, oldVisibility] = ['public', 'private'] as const;
    await metadata.follow.repositoryChanged(event({ ...ref, visibility, oldVisibility }));
    expect([(await free())?.visibility, (await bound())?.visibility]).toEqual(['private', 'public']);
    await metadata.follow.repositoryDeleted(event(ref));
    expect(await free()).toMatchObject({ repositoryId: null, inheritsAccess: false });
    expect(await bound()).toBeUndefined();
  });

  it('when an account goes, its packages are deleted and can be restored', async () => {
    const { owner, free, bound } = await publishBoth();
    const id = (await free())!.id;
    const account = { accountId: owner, login: 'acme', kind: 'organization' as const };
    await metadata.follow.accountDeleted(event(account));
    expect([await free(), await bound()]).toEqual([undefined, undefined]);
    await metadata.client.restorePackage({ packageId: id, ownerLogin: 'acme', actor: alice });
    expect((await free())?.id).toBe(id);
  });

  it('when an account is renamed, names that begin with its login begin with the new one', async () => {
    const owner = newOwner();
    const said = { label: 'Toy', icon: 'box', mount: '/toy' };
    await metadata.client.announceFormat({ ...said, id: 'toy', wholeName: '@{owner}/{name}' });
    await metadata.client.announceFormat({ ...said, id: 'dotted', wholeName: '{owner}.{name}' });
    for (const [name, format] of [
      ['@acme/lib', 'toy'],
      ['plain', 'toy'],
      ['@acme/other', 'dotted'],
      ['Acme.tool', 'dotted'],
      ['@acme/none', 'unknown'],
    ] as const)
      await metadata.client.commitVersion(commitOf(owner, { name, format }));
    const account = { accountId: owner, login: 'Apex', oldLogin: 'acme', kind: 'organization' as const };
    await metadata.follow.accountRenamed(event(account));
    const { items } = await metadata.client.listPackages({ ownerId: owner });
    expect(items.map(({ name, nameKey }) => [name, nameKey])).toEqual([
      ['@acme/none', '@acme/none'],
      ['@acme/other', '@acme/other'],
      ['@apex/lib', '@apex/lib'],
      ['apex.tool', 'apex.tool'],
      ['plain', 'plain'],
    ]);
  });
});
