import { newId } from '@packhouse/kernel';
import { alice, commitOf, fileOf, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

describe('staged versions', () => {
  let metadata: StartedMetadata;
  const bob = { accountId: newId(), login: 'bob' };

  beforeAll(async () => {
    metadata = await startMetadata();
  }, 60_000);

  afterAll(() => metadata.stop());

  it('shows nothing of a staged version until it is approved, but keeps its content alive', async () => {
    const { client } = metadata;
    const owner = newOwner();
    const request = commitOf(owner, { tags: ['beta'] });
    const stagedId = request.version.id;
    const { staged } = await client.stageVersion(request);
    expect(staged).toMatchObject({
      id: stagedId,
      ownerId: owner,
      packageName: 'widget',
      version: '1.0.0',
      tags: ['beta'],
      files: request.files,
      stagedBy: alice,
    });
    expect(await client.findPackage({ format: 'toy', ownerId: owner, nameKey: 'widget' })).toEqual({
      package: null,
    });
    expect(await client.findStagedVersion({ stagedId })).toEqual({ staged });
    expect(await client.findLiveVersions({ versionIds: [stagedId] })).toEqual({ versionIds: [stagedId] });

    const approved = await client.approveStagedVersion({ stagedId, actor: bob });
    expect(approved).toMatchObject({ packageCreated: true, versionId: stagedId, package: { revision: 1 } });
    expect(await client.findStagedVersion({ stagedId })).toEqual({ staged: null });
    expect(await client.findVersion({ packageId: approved.package.id, version: '1.0.0' })).toMatchObject({
      version: { id: stagedId },
      files: request.files,
    });
    expect((await metadata.events(approved.package.id)).map((event) => event.actorId)).toEqual([
      bob.accountId,
      bob.accountId,
    ]);
    await expect(client.approveStagedVersion({ stagedId, actor: bob })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('refuses a number that is taken, at staging and again at approval', async () => {
    const { client } = metadata;
    const owner = newOwner();
    const staged = commitOf(owner, { content: 'staged' });
    await client.stageVersion(staged);
    await client.commitVersion(commitOf(owner, { content: 'published' }));
    await expect(client.stageVersion(commitOf(owner))).rejects.toMatchObject({ code: 'version_exists' });
    const stagedId = staged.version.id;
    await expect(client.approveStagedVersion({ stagedId, actor: bob })).rejects.toMatchObject({
      code: 'version_exists',
    });
    expect((await client.findStagedVersion({ stagedId })).staged).not.toBeNull();
  });

  it('gives up its own content when the same was published directly meanwhile', async () => {
    const { client } = metadata;
    const owner = newOwner();
    const staged = commitOf(owner);
    await client.stageVersion(staged);
    const direct = await client.commitVersion(commitOf(owner));
    const approved = await client.approveStagedVersion({ stagedId: staged.version.id, actor: bob });
    expect(approved).toMatchObject({ packageCreated: false, versionId: direct.versionId });
    expect((await metadata.events(direct.package.id)).at(-1)).toMatchObject({
      type: 'package.staged-version-dropped',
      payload: { versionId: staged.version.id },
    });
  });

  it('releases the content of a rejected one', async () => {
    const { client } = metadata;
    const request = commitOf(newOwner());
    const stagedId = request.version.id;
    await client.stageVersion(request);
    await client.rejectStagedVersion({ stagedId, actor: bob });
    expect(await metadata.events(stagedId)).toMatchObject([
      {
        type: 'package.staged-version-dropped',
        actorId: bob.accountId,
        payload: { versionId: stagedId, name: 'widget' },
      },
    ]);
    await expect(client.rejectStagedVersion({ stagedId, actor: bob })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await client.findLiveVersions({ versionIds: [stagedId] })).toEqual({ versionIds: [] });
  });

  it('lists the staged versions of some owners, newest first, the same identity more than once', async () => {
    const { client } = metadata;
    const [mine, other] = [newOwner(), newOwner()];
    const requests = [
      commitOf(mine),
      commitOf(mine),
      commitOf(mine, { name: 'gadget', files: [fileOf('x', 'y')] }),
      commitOf(other),
    ];
    for (const request of requests) await client.stageVersion(request);
    const list = async (filter: { packageName?: string; offset?: number; limit?: number }) => {
      const { total, items } = await client.listStagedVersions({
        format: 'toy',
        ownerIds: [mine],
        ...filter,
      });
      return { total, ids: items.map((item) => item.id) };
    };
    const [first, second, third] = requests.map((request) => request.version.id);
    expect(await list({})).toEqual({ total: 3, ids: [third, second, first] });
    expect(await list({ packageName: 'widget' })).toEqual({ total: 2, ids: [second, first] });
    expect(await list({ offset: 1, limit: 1 })).toEqual({ total: 3, ids: [second] });
    expect(await list({ offset: 9 })).toEqual({ total: 3, ids: [] });
  });
});
