import type { CommitVersionRequest } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import { alice, commitOf, listAll, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

describe('changing packages', () => {
  let metadata: StartedMetadata;

  beforeAll(async () => {
    metadata = await startMetadata();
  }, 60_000);

  afterAll(() => metadata.stop());

  /** Publishes the versions in this order; gives the package's id, its name and the id of each version. */
  const publishAll = async (versions: ReadonlyArray<string | CommitVersionRequest>, owner = newOwner()) => {
    const ids = new Map<string, string>();
    let packageId = '';
    for (const entry of versions) {
      const request = typeof entry === 'string' ? commitOf(owner, { version: entry }) : entry;
      const { package: made, versionId } = await metadata.client.commitVersion(request);
      packageId = made.id;
      ids.set(request.version.version, versionId);
    }
    const idOf = (version: string): string => ids.get(version)!;
    return { packageId, owner, idOf, name: { format: 'toy', ownerId: owner, nameKey: 'widget' } };
  };

  const tagsOf = async (packageId: string): Promise<Record<string, string>> => {
    const { tags } = await metadata.client.describePackage({ packageId });
    return Object.fromEntries(tags.map((tag) => [tag.name, tag.version]));
  };

  const propertiesOf = async (packageId: string): Promise<Record<string, string>> =>
    (await metadata.client.describePackage({ packageId })).properties;

  const eventTypes = async (packageId: string): Promise<string[]> =>
    (await metadata.events(packageId)).map((event) => event.type.replace('package.', ''));

  it('moves and removes tags, one revision each, and does nothing when the tag is there already', async () => {
    const { client } = metadata;
    const { packageId } = await publishAll(['1.0.0', '2.0.0']);
    expect(await client.moveTag({ packageId, tag: 'stable', version: '1.0.0', actor: alice })).toMatchObject({
      revision: 3,
    });
    expect(await client.moveTag({ packageId, tag: 'stable', version: '1.0.0', actor: alice })).toMatchObject({
      revision: 3,
    });
    expect(await tagsOf(packageId)).toEqual({ latest: '2.0.0', stable: '1.0.0' });
    expect(await client.removeTag({ packageId, tag: 'stable', actor: alice })).toMatchObject({ revision: 4 });
    expect(await tagsOf(packageId)).toEqual({ latest: '2.0.0' });
    await expect(client.removeTag({ packageId, tag: 'stable', actor: alice })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(
      client.moveTag({ packageId, tag: 'x', version: '3.0.0', actor: alice }),
    ).rejects.toMatchObject({
      code: 'not_found',
      message: '"widget" has no version "3.0.0".',
    });
    const changes = (await metadata.events(packageId)).filter((event) => event.type === 'package.changed');
    expect(changes.map((event) => event.payload.change)).toEqual(['tags', 'tags']);
  });

  it('shows the properties of whichever version bears the head tag', async () => {
    const owner = newOwner();
    const { packageId } = await publishAll([
      commitOf(owner, { version: '1.0.0', packageProperties: { description: 'one', license: 'MIT' } }),
      commitOf(owner, { version: '2.0.0', packageProperties: { description: 'two' } }),
      commitOf(owner, { version: '3.0.0-rc', tags: ['next'], packageProperties: { description: 'three' } }),
    ]);
    expect(await propertiesOf(packageId)).toEqual({ description: 'two' });
    await metadata.client.moveTag({ packageId, tag: 'latest', version: '1.0.0', actor: alice });
    expect(await propertiesOf(packageId)).toEqual({ description: 'one', license: 'MIT' });
    await metadata.client.setPackageProperties({
      packageId,
      properties: { homepage: 'h', license: null },
      actor: alice,
    });
    expect(await propertiesOf(packageId)).toEqual({ description: 'one', homepage: 'h' });
    await metadata.client.moveTag({ packageId, tag: 'latest', version: '3.0.0-rc', actor: alice });
    expect(await propertiesOf(packageId)).toEqual({ description: 'three', homepage: 'h' });
  });

  it('moves the head tag to the highest release that is left, then to the highest prerelease', async () => {
    const owner = newOwner();
    const rc = commitOf(owner, { version: '3.0.0-rc', tags: ['next'], properties: { prerelease: 'true' } });
    const old = commitOf(owner, { version: '0.9.0-rc', tags: [], properties: { prerelease: 'true' } });
    const { packageId, idOf } = await publishAll(['1.9.0', '1.10.0', '2.0.0', rc, old], owner);
    await metadata.client.moveTag({ packageId, tag: 'also', version: '2.0.0', actor: alice });
    const remove = (version: string) =>
      metadata.client.removeVersions({
        packageId,
        versionIds: [idOf(version)],
        headTag: 'latest',
        actor: alice,
      });
    await metadata.client.moveTag({ packageId, tag: 'latest', version: '2.0.0', actor: alice });

    await remove('2.0.0');
    expect(await tagsOf(packageId)).toEqual({ latest: '1.10.0', next: '3.0.0-rc' });
    expect(await propertiesOf(packageId)).toEqual({ description: 'about 1.10.0' });
    await remove('1.9.0');
    expect(await tagsOf(packageId)).toEqual({ latest: '1.10.0', next: '3.0.0-rc' });
    await remove('1.10.0');
    expect(await tagsOf(packageId)).toEqual({ latest: '3.0.0-rc', next: '3.0.0-rc' });
    expect(await propertiesOf(packageId)).toEqual({ description: 'about 3.0.0-rc' });
  });

  it('shows deleted versions as tombstones whose numbers stay reserved', async () => {
    const { client } = metadata;
    const { packageId, owner, idOf } = await publishAll(['1.0.0', '2.0.0']);
    const before = await client.findVersion({ packageId, version: '1.0.0' });
    const request = { packageId, versionIds: [idOf('1.0.0')], headTag: 'latest', actor: alice };
    const removed = await client.removeVersions(request);
    expect(removed).toMatchObject({ revision: 3 });
    expect(await client.removeVersions(request)).toEqual(removed);

    const tombstone = await client.findVersion({ packageId, version: '1.0.0', fragmentKind: 'full' });
    expect(tombstone).toEqual({ version: { ...before.version, removed: true, fragment: null }, files: [] });
    expect(await client.findFile({ packageId, name: 'widget-1.0.0.box' })).toEqual({ file: null });
    expect((await listAll(client, { packageId })).items.map((item) => [item.version, item.removed])).toEqual([
      ['1.0.0', true],
      ['2.0.0', false],
    ]);
    expect((await client.describePackage({ packageId })).versionCount).toBe(1);
    expect((await client.findLiveVersions({ versionIds: [idOf('1.0.0'), newId()] })).versionIds).toEqual([
      idOf('1.0.0'),
    ]);
    await expect(client.commitVersion(commitOf(owner, { version: '1.0.0' }))).rejects.toMatchObject({
      code: 'version_exists',
      details: { version: '1.0.0', removed: true },
    });
    await expect(
      client.moveTag({ packageId, tag: 'old', version: '1.0.0', actor: alice }),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect(await eventTypes(packageId)).toEqual([
      'created',
      'version-published',
      'version-published',
      'version-deleted',
    ]);
    await expect(client.removeVersions({ ...request, versionIds: [newId()] })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('refuses every change that expects another revision, and leaves no trace of it', async () => {
    const { client } = metadata;
    const { packageId, idOf } = await publishAll(['1.0.0', '2.0.0']);
    const stale = { packageId, expectedRevision: 7, actor: alice };
    const versionIds = [idOf('1.0.0')];
    const attempts = [
      client.setPackageProperties({ ...stale, properties: { a: 'b' } }),
      client.updateVersions({
        ...stale,
        versions: [{ id: versionIds[0]!, properties: { a: 'b' }, fragments: {} }],
      }),
      client.removeVersions({ ...stale, versionIds }),
      client.removePackage(stale),
    ];
    const conflict = { code: 'revision_conflict', details: { expected: 7, actual: 2 } };
    await Promise.all(attempts.map((attempt) => expect(attempt).rejects.toMatchObject(conflict)));
    expect((await client.describePackage({ packageId })).package.revision).toBe(2);
    expect(await metadata.events(packageId)).toHaveLength(3);
  });

  it('lets one of two changes at the same revision through', async () => {
    const { packageId } = await publishAll(['1.0.0']);
    const answers = await Promise.allSettled(
      ['a', 'b'].map((value) =>
        metadata.client.setPackageProperties({
          packageId,
          expectedRevision: 1,
          properties: { value },
          actor: alice,
        }),
      ),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('changes properties and fragments of versions, and refuses versions that are not there', async () => {
    const { client } = metadata;
    const { packageId, idOf } = await publishAll(['1.0.0', '2.0.0']);
    const change = (id: string, properties: Record<string, string | null>) =>
      client.updateVersions({
        packageId,
        versions: [{ id, properties, fragments: { full: 'new', short: 's' } }],
        actor: alice,
      });
    await change(idOf('1.0.0'), { deprecated: 'use "2"', constructor: 'x' });
    expect(await change(idOf('1.0.0'), { constructor: null })).toMatchObject({ revision: 4 });
    const found = await client.findVersion({ packageId, version: '1.0.0', fragmentKind: 'short' });
    expect(found.version).toMatchObject({ properties: { deprecated: 'use "2"' }, fragment: 's' });
    expect(Object.keys(found.version!.properties)).toEqual(['deprecated']);
    await expect(change(newId(), {})).rejects.toMatchObject({ code: 'not_found' });
    const other = await publishAll(['1.0.0']);
    await expect(change(other.idOf('1.0.0'), { stolen: 'yes' })).rejects.toMatchObject({ code: 'not_found' });
    await client.removeVersions({ packageId, versionIds: [idOf('1.0.0')], actor: alice });
    await expect(change(idOf('1.0.0'), { back: 'yes' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lists what changed since a revision, tombstones included', async () => {
    const { client } = metadata;
    const { packageId, idOf } = await publishAll(['1.0.0', '2.0.0', '3.0.0', '4.0.0']);
    expect((await listAll(client, { packageId, afterRevision: 4 })).items).toEqual([]);
    await client.updateVersions({
      packageId,
      versions: [{ id: idOf('3.0.0'), properties: { a: 'b' }, fragments: {} }],
      actor: alice,
    });
    await client.removeVersions({ packageId, versionIds: [idOf('1.0.0')], actor: alice });
    await client.setPackageProperties({ packageId, properties: { a: 'b' }, actor: alice });
    const { items, revisions } = await listAll(client, { packageId, fragmentKind: 'full', afterRevision: 4 });
    expect([...revisions]).toEqual([7]);
    expect(items.map(({ version, removed, fragment }) => [version, removed, fragment])).toEqual([
      ['1.0.0', true, null],
      ['3.0.0', false, '{"v":"3.0.0"}'],
    ]);
    expect(
      (await listAll(client, { packageId, afterRevision: 5 })).items.map((item) => item.version),
    ).toEqual(['1.0.0']);
  });

  it('counts each star once, tells them oldest first, and lists what an account starred', async () => {
    const { client } = metadata;
    const first = await publishAll(['1.0.0']);
    const second = await publishAll(['1.0.0']);
    const [bob, carol] = [newId(), newId()];
    const star = (packageId: string, accountId: string, starred = true) =>
      client.setStar({ packageId, actor: { accountId, login: 'star' }, starred });
    expect(await star(first.packageId, bob)).toMatchObject({ revision: 2 });
    expect(await star(first.packageId, bob)).toMatchObject({ revision: 2 });
    await star(first.packageId, carol);
    await star(second.packageId, bob);
    expect((await client.describePackage({ packageId: first.packageId })).stars).toEqual([bob, carol]);
    const page = await client.listStarred({ accountId: bob, limit: 1 });
    const rest = await client.listStarred({ accountId: bob, limit: 1, cursor: page.next });
    expect([...page.items, ...rest.items].map((item) => item.id)).toEqual([
      first.packageId,
      second.packageId,
    ]);
    expect(rest.next).toBeNull();
    expect(await star(first.packageId, bob, false)).toMatchObject({ revision: 4 });
    expect(await star(first.packageId, bob, false)).toMatchObject({ revision: 4 });
  });

  it('changes visibility and tells every process', async () => {
    const { packageId, name } = await publishAll(['1.0.0']);
    metadata.announced.length = 0;
    await metadata.client.setVisibility({ packageId, visibility: 'public', actor: alice });
    expect(metadata.announced).toEqual([
      ...[`name:toy/${name.ownerId}/widget`, `access:${packageId}`],
      `packages:${name.ownerId}`,
    ]);
    expect(
      await metadata.client.setVisibility({ packageId, visibility: 'public', actor: alice }),
    ).toMatchObject({ revision: 2 });
    const back = metadata.client.setVisibility({ packageId, visibility: 'private', actor: alice });
    await expect(back).rejects.toMatchObject({ code: 'forbidden' });
    expect((await metadata.client.findPackage(name)).package?.visibility).toBe('public');
    expect((await eventTypes(packageId)).slice(2)).toEqual(['visibility-changed']);
  });

  it("lists an owner's packages page by page, and refuses a cursor that it did not give", async () => {
    const { client } = metadata;
    const owner = newOwner();
    const names = ['a', 'b', 'B', 'żółw', '_x'];
    for (const name of names) {
      const request = commitOf(owner, { name });
      await client.commitVersion({ ...request, package: { ...request.package, nameKey: name } });
    }
    const seen: string[] = [];
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages += 1) {
      const page: Awaited<ReturnType<typeof client.listPackages>> = await client.listPackages({
        ownerId: owner,
        cursor,
        limit: 2,
      });
      seen.push(...page.items.map((item) => item.name));
      cursor = page.next;
    }
    expect(seen).toEqual(['B', '_x', 'a', 'b', 'żółw']);
    expect((await client.listPackages({ ownerId: owner, format: 'other' })).items).toEqual([]);
    for (const cursor of ['', 'x', Buffer.from('{"nameKey":1}').toString('base64url')]) {
      await expect(client.listPackages({ ownerId: owner, cursor })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
  });
});
