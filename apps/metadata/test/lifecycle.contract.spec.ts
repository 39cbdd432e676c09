import { newId, sha256Hex } from '@packhouse/kernel';
import type { CommitVersionRequest } from '@packhouse/contracts';
import { Boxes } from './support/addressed';
import { alice, commitOf, listAll, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

let metadata: StartedMetadata;

beforeAll(async () => {
  metadata = await startMetadata();
}, 120_000);
afterAll(() => metadata.stop());

/** Publishes these versions of one package, and gives what the tests ask of it. */
async function publish(versions: readonly string[], overrides: Parameters<typeof commitOf>[1] = {}) {
  const owner = newOwner();
  const ids = new Map<string, string>();
  let packageId = '';
  for (const version of versions) {
    const made = await metadata.client.commitVersion(commitOf(owner, { version, ...overrides }));
    packageId = made.package.id;
    ids.set(version, made.versionId);
  }
  const name = { format: 'toy', ownerId: owner, nameKey: overrides.name ?? 'widget' };
  return { owner, packageId, name, idOf: (version: string) => ids.get(version)! };
}

const remove = (packageId: string, ...versionIds: string[]) =>
  metadata.client.removeVersions({ packageId, versionIds, actor: alice });
const restore = (packageId: string, versionId: string) =>
  metadata.client.restoreVersion({ packageId, versionId, actor: alice });
const removePackage = (packageId: string) => metadata.client.removePackage({ packageId, actor: alice });
const restorePackage = (packageId: string) =>
  metadata.client.restorePackage({ packageId, ownerLogin: 'acme', actor: alice });

async function tagsOf(packageId: string): Promise<Record<string, string>> {
  const { tags } = await metadata.client.describePackage({ packageId });
  return Object.fromEntries(tags.map(({ name, version }) => [name, version]));
}

async function download(packageId: string, versionId: string, count: number): Promise<void> {
  const items = [{ packageId, versionId, day: '2026-01-01', count }];
  await metadata.client.recordDownloads({ batchId: newId(), items });
}

/** As if it had been deleted so many days ago. */
async function age(table: 'version' | 'package', id: string, days: number): Promise<void> {
  await metadata.database.query(
    `UPDATE ${table} SET removed_at = removed_at - make_interval(days => $2) WHERE id = $1`,
    [id, days],
  );
}

const eventTypes = async (id: string) => (await metadata.events(id)).map(({ type }) => type.slice(8));

describe('a deleted version', () => {
  it('is gone for readers at once, keeps everything, and comes back with all of it', async () => {
    const { client } = metadata;
    const { packageId, idOf } = await publish(['1.0.0', '2.0.0']);
    await client.moveTag({ packageId, tag: 'stable', version: '2.0.0', actor: alice });
    const before = await client.findVersion({ packageId, version: '2.0.0', fragmentKind: 'full' });
    await remove(packageId, idOf('2.0.0'));

    expect((await client.findVersion({ packageId, version: '2.0.0', fragmentKind: 'full' })).files).toEqual(
      [],
    );
    expect(await client.findFile({ packageId, name: 'widget-2.0.0.box' })).toEqual({ file: null });
    const listed = await listAll(client, { packageId, fragmentKind: 'full' });
    expect(listed.items.map(({ fragment }) => fragment)).toEqual(['{"v":"1.0.0"}', null]);
    expect(await tagsOf(packageId)).toEqual({ latest: '1.0.0' });
    expect((await client.listFiles({ versionId: idOf('2.0.0') })).files).toHaveLength(1);

    await restore(packageId, idOf('2.0.0'));
    expect(await client.findVersion({ packageId, version: '2.0.0', fragmentKind: 'full' })).toEqual(before);
    expect(await tagsOf(packageId)).toEqual({ latest: '2.0.0', stable: '2.0.0' });
    expect(await client.describePackage({ packageId })).toMatchObject({
      versionCount: 2,
      properties: { description: 'about 2.0.0' },
    });
    expect((await eventTypes(packageId)).slice(-2)).toEqual(['version-deleted', 'version-restored']);
  });

  it('gets no tag back that somebody moved meanwhile', async () => {
    const { packageId, owner, idOf } = await publish(['1.0.0', '2.0.0']);
    await remove(packageId, idOf('2.0.0'));
    await metadata.client.commitVersion(commitOf(owner, { version: '3.0.0' }));
    await restore(packageId, idOf('2.0.0'));
    expect(await tagsOf(packageId)).toEqual({ latest: '3.0.0' });
  });

  it('takes the head tag back from a version that only fell heir to it, in whatever order they return', async () => {
    const { packageId, idOf } = await publish(['0.9.0', '1.0.0', '2.0.0']);
    await remove(packageId, idOf('2.0.0'));
    await remove(packageId, idOf('1.0.0'));
    expect(await tagsOf(packageId)).toEqual({ latest: '0.9.0' });
    await restore(packageId, idOf('1.0.0'));
    expect(await tagsOf(packageId)).toEqual({ latest: '1.0.0' });
    await restore(packageId, idOf('2.0.0'));
    expect(await tagsOf(packageId)).toEqual({ latest: '2.0.0' });
  });

  it('is not the last one: the package has to be deleted instead', async () => {
    const { packageId, idOf } = await publish(['1.0.0', '2.0.0']);
    const sentence = 'You cannot delete the last version of a package. You must delete the package instead.';
    await expect(remove(packageId, idOf('1.0.0'), idOf('2.0.0'))).rejects.toMatchObject({
      code: 'invalid_request',
      message: sentence,
    });
    const answers = await Promise.allSettled(
      ['1.0.0', '2.0.0'].map((version) => remove(packageId, idOf(version))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('was not downloaded more than 5,000 times while public, unless its owner says why', async () => {
    const { client } = metadata;
    const { packageId, idOf } = await publish(['1.0.0', '2.0.0', '3.0.0'], { visibility: 'public' });
    await download(packageId, idOf('1.0.0'), 5001);
    await download(packageId, idOf('2.0.0'), 5000);
    await expect(remove(packageId, idOf('1.0.0'))).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(
        'Publicly visible package versions with more than 5000 downloads cannot be deleted.',
      ) as string,
    });
    await expect(removePackage(packageId)).rejects.toMatchObject({ code: 'invalid_request' });
    await remove(packageId, idOf('2.0.0'));
    const force = { reason: 'leaked a key' };
    await client.removeVersions({ packageId, versionIds: [idOf('1.0.0')], force, actor: alice });
    expect((await metadata.events(packageId)).at(-1)).toMatchObject({
      type: 'package.version-deleted',
      actorId: alice.accountId,
      payload: { version: '1.0.0', forcedBecause: 'leaked a key' },
    });

    const hidden = await publish(['1.0.0', '2.0.0']);
    await download(hidden.packageId, hidden.idOf('1.0.0'), 6000);
    await remove(hidden.packageId, hidden.idOf('1.0.0'));
  });

  it('can be restored on the 29th day and not on the 31st', async () => {
    const { packageId, idOf } = await publish(['1.0.0', '2.0.0', '3.0.0']);
    await remove(packageId, idOf('1.0.0'), idOf('2.0.0'));
    await age('version', idOf('1.0.0'), 29);
    await age('version', idOf('2.0.0'), 31);
    const deleted = await metadata.client.listVersionsOf({ packageId, state: 'deleted' });
    expect(deleted).toMatchObject({ total: 1, items: [{ version: '1.0.0' }] });
    await restore(packageId, idOf('1.0.0'));
    await expect(restore(packageId, idOf('2.0.0'))).rejects.toMatchObject({ code: 'not_found' });
    await expect(restore(packageId, idOf('3.0.0'))).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a deleted package', () => {
  it('is hidden whole and restored whole, versions that were deleted before it excepted', async () => {
    const { client } = metadata;
    const { packageId, name, idOf } = await publish(['1.0.0', '2.0.0', '3.0.0']);
    await client.setStar({ packageId, starred: true, actor: alice });
    await remove(packageId, idOf('1.0.0'));
    metadata.announced.length = 0;
    await removePackage(packageId);
    expect(metadata.announced).toEqual([
      ...[`name:toy/${name.ownerId}/widget`, `access:${packageId}`],
      `packages:${name.ownerId}`,
    ]);
    expect(await client.findPackage(name)).toEqual({ package: null });
    expect(await client.getPackages({ ids: [packageId] })).toEqual({ packages: [] });
    expect(await client.findFile({ packageId, name: 'widget-2.0.0.box' })).toEqual({ file: null });
    expect(await client.listStarred({ accountId: alice.accountId })).toMatchObject({ items: [] });
    for (const read of [
      client.describePackage({ packageId }),
      client.listVersions({ packageId }),
      client.listVersionsOf({ packageId }),
      client.setVisibility({ packageId, visibility: 'public', actor: alice }),
      restore(packageId, idOf('1.0.0')),
      removePackage(packageId),
    ])
      await expect(read).rejects.toMatchObject({ code: 'not_found' });
    const { findVersionByNumber, findPackageByApiName } = client;
    const lookup = { ownerId: name.ownerId, formats: ['toy'], name: 'widget' };
    expect(await findPackageByApiName(lookup)).toEqual({ package: null });
    const found = await findPackageByApiName({ ...lookup, state: 'deleted' });
    expect(found.package).toMatchObject({ id: packageId, versionCount: 2 });
    expect(found.package?.deletedAt).not.toBeNull();

    const { package: restored } = await restorePackage(packageId);
    expect(restored).toMatchObject({ id: packageId, versionCount: 2, deletedAt: null });
    const description = await client.describePackage({ packageId });
    expect(description).toMatchObject({ stars: [alice.accountId], versionCount: 2 });
    expect((await client.listVersionsOf({ packageId })).items.map(({ version }) => version)).toEqual([
      '3.0.0',
      '2.0.0',
    ]);
    const [gone] = (await client.listVersionsOf({ packageId, state: 'deleted' })).items;
    expect(await findVersionByNumber({ number: gone!.number, packageId })).toEqual({ version: null });
    expect((await eventTypes(packageId)).slice(-3)).toEqual(['version-deleted', 'deleted', 'restored']);
    await expect(restorePackage(packageId)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('makes room for a new package of its name, and comes back once that one is deleted', async () => {
    const { client } = metadata;
    const { packageId, owner, name } = await publish(['1.0.0']);
    await removePackage(packageId);
    await expect(client.commitVersion(commitOf(owner, { version: '1.0.0' }))).rejects.toMatchObject({
      code: 'version_exists',
      details: { removed: true },
    });
    expect(await client.findPackage(name)).toEqual({ package: null });
    const made = await client.commitVersion(commitOf(owner, { version: '1.0.1' }));
    expect(made).toMatchObject({ packageCreated: true, package: { revision: 1 } });
    const newcomer = made.package.id;
    expect(newcomer).not.toBe(packageId);
    await expect(restorePackage(packageId)).rejects.toMatchObject({ code: 'name_taken' });
    await removePackage(newcomer);
    await restorePackage(packageId);
    expect((await client.findPackage(name)).package?.id).toBe(packageId);
    await expect(restorePackage(newcomer)).rejects.toMatchObject({ code: 'name_taken' });
    await expect(client.commitVersion(commitOf(owner, { version: '1.0.1' }))).rejects.toMatchObject({
      code: 'version_exists',
    });
  });

  it('lets exactly one of a restore and a publish of its name win', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { packageId, owner, name } = await publish(['1.0.0']);
      await removePackage(packageId);
      const request: CommitVersionRequest = commitOf(owner, { version: '2.0.0' });
      const [restored, published] = await Promise.allSettled([
        restorePackage(packageId),
        metadata.client.commitVersion(request),
      ]);
      expect(published.status).toBe('fulfilled');
      const { package: live } = await metadata.client.findPackage(name);
      // Either the old package is back with the new version in it, or the newcomer has the name.
      if (restored.status === 'fulfilled') expect(live?.id).toBe(packageId);
      else expect(restored.reason).toMatchObject({ code: 'name_taken' });
      const { versionCount } = await metadata.client.describePackage({ packageId: live!.id });
      expect(versionCount).toBe(restored.status === 'fulfilled' ? 2 : 1);
    }
  });

  it('is whole or new when a publish meets its deletion', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { packageId, owner, name } = await publish(['1.0.0']);
      const [removed, published] = await Promise.allSettled([
        removePackage(packageId),
        metadata.client.commitVersion(commitOf(owner, { version: '2.0.0' })),
      ]);
      expect([removed.status, published.status]).toEqual(['fulfilled', 'fulfilled']);
      const { package: live } = await metadata.client.findPackage(name);
      if (live) expect(live.id).not.toBe(packageId);
      const rows = await metadata.database.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM package WHERE owner_id = $1 AND removed_at IS NULL',
        [owner],
      );
      expect(rows).toEqual([{ count: live ? 1 : 0 }]);
    }
  });
});

describe('the purge', () => {
  it('drops content only when its time is up, tells of each version, and frees the numbers of private ones', async () => {
    const { client, purge } = metadata;
    const { packageId, owner, idOf } = await publish(['1.0.0', '2.0.0', '3.0.0']);
    await remove(packageId, idOf('1.0.0'), idOf('2.0.0'));
    await age('version', idOf('1.0.0'), 31);
    await purge.run();
    expect(await client.listFiles({ versionId: idOf('1.0.0') })).toEqual({ files: [] });
    expect((await client.listFiles({ versionId: idOf('2.0.0') })).files).toHaveLength(1);
    const known = await client.findLiveVersions({ versionIds: [idOf('1.0.0'), idOf('2.0.0')] });
    expect(known.versionIds).toEqual([idOf('2.0.0')]);
    const purged = (await metadata.events(packageId)).filter(({ type }) => type === 'package.version-purged');
    expect(purged).toMatchObject([{ actorId: null, payload: { versionId: idOf('1.0.0') } }]);
    await client.commitVersion(commitOf(owner, { version: '1.0.0', tags: [] }));
    await expect(client.commitVersion(commitOf(owner, { version: '2.0.0' }))).rejects.toMatchObject({
      code: 'version_exists',
    });
  });

  it('keeps the numbers of public versions for ever, across packages, until an administrator frees one', async () => {
    const { client, purge } = metadata;
    const { packageId, owner } = await publish(['1.0.0'], { visibility: 'public' });
    await removePackage(packageId);
    await age('package', packageId, 31);
    await purge.run();
    await expect(restorePackage(packageId)).rejects.toMatchObject({ code: 'not_found' });
    expect((await eventTypes(packageId)).slice(-2)).toEqual(['version-purged', 'purged']);
    await expect(client.commitVersion(commitOf(owner, { version: '1.0.0' }))).rejects.toMatchObject({
      code: 'version_exists',
    });

    const other = await publish(['1.0.0', '2.0.0'], { visibility: 'public' });
    const versionId = other.idOf('1.0.0');
    const free = (ownerId: string) => {
      const number = { format: 'toy', name: 'widget', version: '1.0.0' };
      return client.freeVersion({ ...number, ownerId, actor: alice });
    };
    await expect(free(other.owner)).rejects.toMatchObject({ code: 'not_found' });
    await remove(other.packageId, versionId);
    await free(other.owner);
    expect((await eventTypes(other.packageId)).slice(-2)).toEqual(['version-purged', 'version-freed']);
    await client.commitVersion(commitOf(other.owner, { version: '1.0.0', tags: [] }));
    await expect(restore(other.packageId, versionId)).rejects.toMatchObject({ code: 'not_found' });

    await free(owner);
    await expect(free(owner)).rejects.toMatchObject({ code: 'not_found' });
    const { package: reborn } = await client.commitVersion(commitOf(owner, { version: '1.0.0' }));
    await removePackage(reborn.id);
    await expect(free(owner)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('finds nothing to do on what was restored before it came', async () => {
    const { client, purge } = metadata;
    for (let round = 0; round < 5; round += 1) {
      const { packageId, name } = await publish(['1.0.0']);
      await removePackage(packageId);
      await age('package', packageId, 29);
      await Promise.all([purge.run(), restorePackage(packageId)]);
      expect((await client.findPackage(name)).package?.id).toBe(packageId);
      expect((await client.listVersionsOf({ packageId })).total).toBe(1);
      const [version] = (await client.listVersionsOf({ packageId })).items;
      expect((await client.listFiles({ versionId: version!.id })).files).toHaveLength(1);
    }
  });

  it('goes on with the others when one package cannot be purged', async () => {
    const { database, purge, client } = metadata;
    const bad = await publish(['1.0.0', '2.0.0']);
    const good = await publish(['1.0.0', '2.0.0']);
    for (const { packageId, idOf } of [bad, good]) {
      await remove(packageId, idOf('1.0.0'));
      await age('version', idOf('1.0.0'), 31);
    }
    await database.query(`CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF OLD.package_id = '${bad.packageId}' THEN RAISE EXCEPTION 'bad page'; END IF; RETURN OLD; END $$`);
    await database.query(
      'CREATE TRIGGER stumble BEFORE DELETE ON file FOR EACH ROW EXECUTE FUNCTION stumble()',
    );
    await metadata.whileFailing(() => purge.run());
    const files = async (versionId: string) => (await client.listFiles({ versionId })).files.length;
    expect([await files(bad.idOf('1.0.0')), await files(good.idOf('1.0.0'))]).toEqual([1, 0]);
    await database.query('DROP TRIGGER stumble ON file');
    await purge.run();
    expect(await files(bad.idOf('1.0.0'))).toBe(0);
  });
});

describe('what an owner stores', () => {
  const measure = (ownerId: string, ...besides: string[]) =>
    metadata.client.measureStorage({ ownerId, besides: besides.map(sha256Hex) });

  it('is each content of its live versions once, and that of versions which wait for approval', async () => {
    const { client } = metadata;
    const { owner, packageId } = await publish(['1.0.0', '2.0.0'], { content: 'the same' });
    await client.commitVersion(commitOf(owner, { name: 'gadget', content: 'the same' }));
    expect(await measure(owner, 'new', 'the same')).toEqual({ bytes: 8, absent: [sha256Hex('new')] });
    const third = await client.commitVersion(commitOf(owner, { version: '3.0.0', content: 'third' }));
    expect(await measure(owner, 'third')).toEqual({ bytes: 13, absent: [] });
    await remove(packageId, third.versionId);
    expect(await measure(owner, 'third')).toEqual({ bytes: 8, absent: [sha256Hex('third')] });
    const waiting = commitOf(owner, { version: '4.0.0', content: 'waits' });
    await client.stageVersion(waiting);
    expect(await measure(owner, 'waits')).toEqual({ bytes: 13, absent: [] });
    await client.approveStagedVersion({ stagedId: waiting.version.id, actor: alice });
    expect(await measure(owner, 'waits')).toEqual({ bytes: 13, absent: [] });
    await removePackage(packageId);
    expect(await measure(owner)).toEqual({ bytes: 8, absent: [] });
    expect(await measure(newOwner())).toEqual({ bytes: 0, absent: [] });
  });

  it('takes room below its limit before something comes back, for what is not there in any case', async () => {
    const { billing, client } = metadata;
    const { owner, packageId, idOf } = await publish(['1.0.0', '2.0.0']);
    const boxes = new Boxes(client, owner);
    await boxes.pushIndex('index');
    Object.assign(billing, { limit: 100, isFull: true });
    await remove(packageId, idOf('2.0.0'));
    await expect(restore(packageId, idOf('2.0.0'))).rejects.toMatchObject({ code: 'quota_exceeded' });
    await removePackage(packageId);
    await expect(restorePackage(packageId)).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect(await measure(owner, '1.0.0', '2.0.0')).toMatchObject({ absent: { length: 2 } });
    billing.isFull = false;
    await restorePackage(packageId);
    await restore(packageId, idOf('2.0.0'));
    // With its parts, whose layer is the same.
    await boxes.remove(['index'], { allowEmpty: true });
    await boxes.restore('index');
    const reserved = [5, 5, 'index, index left, index right'.length - 4 + 'shared layer'.length];
    expect(billing.told).toEqual(reserved.flatMap((bytes) => [`reserved ${bytes}`, 'released']));
    await client.commitVersion(commitOf(owner, { name: 'gadget', content: '2.0.0' }));
    await remove(packageId, idOf('2.0.0'));
    await restore(packageId, idOf('2.0.0'));
    expect(billing.told).toHaveLength(6);
  });
});
