import { nothingReadable, type Readable } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import { Boxes, digestOf } from './support/addressed';
import { alice, commitOf, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

let metadata: StartedMetadata;

beforeAll(async () => {
  metadata = await startMetadata();
}, 60_000);

afterAll(() => metadata.stop());

const readableOf = (...ownerIds: string[]): Readable => ({ ...nothingReadable, ownerIds });

async function publish(owner: string, name: string, versions = ['1.0.0'], visibility?: 'public') {
  let packageId = '';
  for (const version of versions)
    packageId = (
      await metadata.client.commitVersion(
        commitOf(owner, { name, version, content: `${name}${version}`, visibility }),
      )
    ).package.id;
  return packageId;
}

const all = { descending: false, limit: 100 };

describe('the packages of many owners', () => {
  it('come in order of creation, in both directions, and say whether there are more', async () => {
    const [acme, umbrella] = [newOwner(), newOwner()];
    for (const name of ['a', 'b', 'c']) await publish(acme, name);
    await publish(umbrella, 'z');
    const list = async (slice: object) =>
      (
        await metadata.client.listPackagesOfParents({
          parents: { kind: 'owner', ids: [acme, umbrella] },
          filter: {},
          readable: readableOf(acme, umbrella),
          slice: { descending: false, limit: 2, ...slice },
        })
      ).lists;
    const [first, other] = await list({});
    expect(first).toMatchObject({ parentId: acme, isMore: true, items: [{ name: 'a' }, { name: 'b' }] });
    expect(other).toMatchObject({ parentId: umbrella, isMore: false, items: [{ name: 'z' }] });
    const { createdAt, number } = first!.items[1]!;
    expect((await list({ after: { createdAt, number } }))[0]).toMatchObject({ items: [{ name: 'c' }] });
    expect((await list({ before: { createdAt, number } }))[0]).toMatchObject({
      items: [{ name: 'a' }],
      isMore: false,
    });
    expect((await list({ descending: true }))[0]).toMatchObject({
      items: [{ name: 'c' }, { name: 'b' }],
      isMore: true,
    });
    expect((await list({ descending: true, after: { createdAt, number } }))[0]?.items).toMatchObject([
      { name: 'a' },
    ]);
  });

  it('hide and do not count what the caller may not read', async () => {
    const owner = newOwner();
    const hidden = await publish(owner, 'hidden');
    const open = await publish(owner, 'open', ['1.0.0'], 'public');
    const parents = { kind: 'owner' as const, ids: [owner] };
    const count = async (readable: Readable) =>
      (await metadata.client.countPackagesOfParents({ parents, filter: {}, readable })).counts;
    expect(await count(nothingReadable)).toEqual([{ parentId: owner, total: 1 }]);
    expect(await count(readableOf(owner))).toEqual([{ parentId: owner, total: 2 }]);
    const { lists } = await metadata.client.listPackagesOfParents({
      parents,
      filter: { names: ['hidden', 'open'] },
      readable: nothingReadable,
      slice: all,
    });
    expect(lists[0]?.items.map(({ name }) => name)).toEqual(['open']);
    const { packages } = await metadata.client.getReadablePackages({
      ids: [hidden, open],
      readable: nothingReadable,
    });
    expect(packages).toMatchObject([{ id: open, versionCount: 1 }]);
  });

  it('can be asked for by name, format and repository', async () => {
    const [owner, repositoryId] = [newOwner(), newId()];
    const request = commitOf(owner, { name: 'Linked' });
    await metadata.client.commitVersion({ ...request, package: { ...request.package, repositoryId } });
    await publish(owner, 'loose');
    const names = async (filter: object, parents: { kind: 'owner' | 'repository'; ids: string[] }) =>
      (
        await metadata.client.listPackagesOfParents({
          parents,
          filter,
          readable: readableOf(owner),
          slice: all,
        })
      ).lists[0]?.items.map(({ name }) => name);
    const owners = { kind: 'owner' as const, ids: [owner] };
    expect(await names({ names: ['linked'] }, owners)).toEqual(['Linked']);
    expect(await names({ names: [] }, owners)).toEqual([]);
    expect(await names({ formats: ['other'] }, owners)).toEqual([]);
    expect(await names({ formats: ['toy'] }, owners)).toEqual(['Linked', 'loose']);
    expect(await names({ repositoryId }, owners)).toEqual(['Linked']);
    expect(await names({}, { kind: 'repository', ids: [repositoryId] })).toEqual(['Linked']);
  });
});

describe('versions, files and texts of many packages', () => {
  it('leave removed versions out, wherever one asks', async () => {
    const owner = newOwner();
    const packageId = await publish(owner, 'many', ['1.0.0', '1.1.0', '2.0.0']);
    const listed = async () =>
      (await metadata.client.listVersionsOfPackages({ packageIds: [packageId], slice: all })).lists[0]!.items;
    const versions = await listed();
    expect(versions.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0', '2.0.0']);
    const [, middle, last] = versions;
    const page = await metadata.client.listVersionsOfPackages({
      packageIds: [packageId],
      slice: { descending: true, limit: 1, after: last!.publishedRevision },
    });
    expect(page.lists[0]).toMatchObject({ isMore: true, items: [{ version: '1.1.0' }] });
    expect((await metadata.client.findHeadVersions({ packageIds: [packageId] })).versions[0]?.version).toBe(
      '2.0.0',
    );

    await metadata.client.removeVersions({ packageId, versionIds: [middle!.id], actor: alice });
    expect((await listed()).map(({ version }) => version)).toEqual(['1.0.0', '2.0.0']);
    expect((await metadata.client.getListedVersions({ ids: [middle!.id, last!.id] })).versions).toHaveLength(
      1,
    );
    const wanted = ['1.1.0', '2.0.0', '9.9.9'].map((version) => ({ packageId, version }));
    expect((await metadata.client.findVersionsByText({ wanted })).versions.map(({ id }) => id)).toEqual([
      last!.id,
    ]);
    const { lists } = await metadata.client.listFilesOfVersions({
      versionIds: [middle!.id, last!.id],
      slice: all,
    });
    expect(lists.map(({ items }) => items.map(({ name }) => name))).toEqual([[], ['many-2.0.0.box']]);
    const [file] = lists[1]!.items;
    expect((await metadata.client.getListedFiles({ ids: [file!.id] })).files).toEqual([file]);
    expect((await metadata.client.countFilesOfVersions({ versionIds: [last!.id] })).counts[0]?.total).toBe(1);
    const texts = { versionIds: [last!.id], property: 'description' };
    expect((await metadata.client.getVersionTexts(texts)).texts).toEqual([
      { versionId: last!.id, text: 'about 2.0.0' },
    ]);
  });

  it('say which versions their format calls pre-releases, and none else', async () => {
    const owner = newOwner();
    const marked = { version: '2.0.0-rc', properties: { prerelease: 'true' } };
    const packageId = await publish(owner, 'marked', ['1.0.0-looks-like-one']);
    await metadata.client.commitVersion(commitOf(owner, { name: 'marked', content: 'rc', ...marked }));
    const { lists } = await metadata.client.listVersionsOfPackages({ packageIds: [packageId], slice: all });
    expect(lists[0]?.items.map(({ version, preRelease }) => [version, preRelease])).toEqual([
      ['1.0.0-looks-like-one', false],
      ['2.0.0-rc', true],
    ]);
  });

  it('list the tags of versions by name, and find tags wherever they point', async () => {
    const owner = newOwner();
    const packageId = await publish(owner, 'tagged');
    const tags = ['latest', 'next', 'beta'];
    await metadata.client.commitVersion(
      commitOf(owner, { name: 'tagged', version: '2.0.0', content: '2', tags }),
    );
    const { lists } = await metadata.client.listVersionsOfPackages({ packageIds: [packageId], slice: all });
    const [one, two] = lists[0]!.items.map(({ id }) => id) as [string, string];
    const list = async (slice: object) =>
      (
        await metadata.client.listTagsOfVersions({
          versionIds: [one, two],
          slice: { descending: false, limit: 2, ...slice },
        })
      ).lists.map(({ items, isMore }) => [items.map(({ name }) => name), isMore]);
    expect(await list({})).toEqual([
      [[], false],
      [['beta', 'latest'], true],
    ]);
    expect((await list({ after: 'latest' }))[1]).toEqual([['next'], false]);
    expect((await list({ descending: true, before: 'beta' }))[1]).toEqual([['next', 'latest'], false]);
    const { counts } = await metadata.client.countTagsOfVersions({ versionIds: [one, two] });
    expect(counts.map(({ total }) => total)).toEqual([0, 3]);
    const wanted = ['next', 'none'].map((name) => ({ packageId, name }));
    const found = async () => (await metadata.client.getListedTags({ wanted })).tags;
    expect(await found()).toEqual([{ packageId, name: 'next', versionId: two }]);
    await metadata.client.removeVersions({ packageId, versionIds: [two], actor: alice });
    expect(await found()).toEqual([]);
  });

  it('are listed with what they contain and what is about them, in both directions', async () => {
    const boxes = new Boxes(metadata.client);
    const contains = ['m left', 'gone', 'm right'];
    for (const text of ['m left', 'm right']) await boxes.push(text);
    await boxes.push('m', { contains, tags: ['1'], allowMissingContained: true });
    for (const text of ['n', 'deleted']) await boxes.push(text, { contains: ['m left'], tags: [text] });
    await boxes.push('signature', { about: 'm' });
    await boxes.remove(['deleted']);
    type Asked = Parameters<typeof metadata.client.listRelatedOfVersions>[0];
    const versionIds = ['m', 'm left'].map((text) => boxes.id(text));
    const list = async (relation: Asked['relation'], slice: Partial<Asked['slice']> = {}) =>
      (
        await metadata.client.listRelatedOfVersions({
          ...{ versionIds, relation },
          slice: { descending: false, limit: 2, ...slice },
        })
      ).lists.map(({ items, isMore }) => [items.map(({ version }) => version), isMore]);
    const named = (...texts: string[]) => texts.map(digestOf);
    const none = [[], false];
    expect(await list('contains')).toEqual([[named('m left', 'gone'), true], none]);
    expect(await list('contains', { after: 2 })).toEqual([[named('m right'), false], none]);
    expect(await list('contains', { descending: true })).toEqual([[named('m right', 'gone'), true], none]);
    expect(await list('containedBy', { descending: true })).toEqual([none, [named('n', 'm'), false]]);
    expect(await list('aboutThis')).toEqual([[named('signature'), false], none]);
    expect(await list('about')).toEqual([none, none]);
    const { lists } = await metadata.client.listRelatedOfVersions({
      ...{ versionIds, relation: 'contains', slice: { descending: false, limit: 3 } },
    });
    expect(lists[0]?.items.map(({ id }) => id)).toEqual([boxes.id('m left'), null, boxes.id('m right')]);
    const count = async (relation: Asked['relation']) =>
      (await metadata.client.countRelatedOfVersions({ versionIds, relation })).counts.map(
        ({ total }) => total,
      );
    expect([await count('contains'), await count('containedBy'), await count('aboutThis')]).toEqual([
      [3, 0],
      [0, 2],
      [1, 0],
    ]);
    const { versions } = await metadata.client.getListedVersions({ ids: versionIds });
    expect(versions.map(({ version, isPart }) => [version, isPart]).sort()).toEqual(
      [
        [digestOf('m'), false],
        [digestOf('m left'), true],
      ].sort(),
    );
  });

  it('count the downloads of packages and of versions', async () => {
    const packageId = await publish(newOwner(), 'popular', ['1.0.0', '2.0.0']);
    const { lists } = await metadata.client.listVersionsOfPackages({ packageIds: [packageId], slice: all });
    const [one, two] = lists[0]!.items.map(({ id }) => id) as [string, string];
    const items = [
      { packageId, versionId: one, day: '2026-01-01', count: 3 },
      { packageId, versionId: one, day: '2026-01-02', count: 4 },
    ];
    await metadata.client.recordDownloads({ batchId: newId(), items });
    const { totals } = await metadata.client.sumDownloads({
      packageIds: [packageId],
      versionIds: [one, two],
    });
    const byId = new Map(totals.map(({ id, total }) => [id, total]));
    expect([packageId, one, two].map((id) => byId.get(id))).toEqual([7, 7, 0]);
  });
});
