import { nothingReadable, readableKinds, type Readable, type ReadableIds } from '@packhouse/contracts';
import { newId, sha256Hex } from '@packhouse/kernel';
import { alice, commitOf, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

/** More than a message takes, and more than numbered pages reach. */
const MANY = 20_500;
const PART = 7000;

describe('lists of packages, kept in memory', () => {
  let metadata: StartedMetadata;
  /** What the permission service says may be read; tests change it. */
  let granted: string[] = [];
  let asked = 0;

  const keyOf = (ids: readonly string[]): string => sha256Hex(ids.join());
  beforeAll(async () => {
    metadata = await startMetadata({
      listReadableIds: async ({ from = 0 }) => {
        asked += 1;
        const empty = Object.fromEntries(readableKinds.map((kind) => [kind, []])) as unknown as ReadableIds;
        const next = from + PART < granted.length ? from + PART : null;
        return { ...empty, packageIds: granted.slice(from, from + PART), key: keyOf(granted), next };
      },
    });
  }, 60_000);
  afterAll(() => metadata.stop());

  const readableElsewhere = (): Readable => ({
    ...nothingReadable,
    elsewhere: { accountId: alice.accountId, workflow: null, ownerId: null, key: keyOf(granted) },
  });
  const page = (owner: string, readable: Readable, more: object = {}) =>
    metadata.client.listPackagesOf({ ownerIds: [owner], formats: ['toy'], readable, ...more });
  const names = async (owner: string, readable: Readable, more: object = {}): Promise<string[]> =>
    (await page(owner, readable, more)).items.map(({ name }) => name);
  const publish = async (owner: string, name: string): Promise<string> =>
    (await metadata.client.commitVersion(commitOf(owner, { name }))).package.id;

  it('are other ones in the moment in which a change of the owner’s packages is answered', async () => {
    const owner = newOwner();
    const { client } = metadata;
    const everything = { ...nothingReadable, ownerIds: [owner] };
    const ordered = { orderBy: 'name' as const, direction: 'asc' as const };
    const both = async () => [
      await names(owner, everything, ordered),
      await names(owner, nothingReadable, ordered),
    ];
    await publish(owner, 'a');
    expect(await both()).toEqual([['a'], []]);
    const id = await publish(owner, 'b');
    expect(await both()).toEqual([['a', 'b'], []]);
    await client.setVisibility({ packageId: id, visibility: 'public', actor: alice });
    expect(await both()).toEqual([['a', 'b'], ['b']]);
    await client.removePackage({ packageId: id, actor: alice });
    expect(await both()).toEqual([['a'], []]);
    await client.restorePackage({ packageId: id, ownerLogin: 'somebody', actor: alice });
    expect(await both()).toEqual([['a', 'b'], ['b']]);
    const repositoryId = newId();
    const linked = { ...nothingReadable, repositoryIds: [repositoryId] };
    expect(await names(owner, linked, ordered)).toEqual(['b']);
    const [a] = (await page(owner, everything, ordered)).items;
    await client.linkRepository({ packageId: a!.id, repositoryId, actor: alice });
    expect(await names(owner, linked, ordered)).toEqual(['b']);
    await client.setInheritance({ packageId: a!.id, inheritsAccess: true, actor: alice });
    expect(await names(owner, linked, ordered)).toEqual(['a', 'b']);
    await client.linkRepository({ packageId: a!.id, repositoryId: null, actor: alice });
    expect(await names(owner, linked, ordered)).toEqual(['b']);
  });

  it('show what changed of a package without being read again', async () => {
    const owner = newOwner();
    const everything = { ...nothingReadable, ownerIds: [owner] };
    await publish(owner, 'a');
    expect((await page(owner, everything)).items[0]).toMatchObject({ versionCount: 1 });
    await metadata.client.commitVersion(commitOf(owner, { name: 'a', version: '2.0.0' }));
    expect((await page(owner, everything)).items[0]).toMatchObject({ versionCount: 2 });
  });

  it('count for each reader and owner what that reader may see, in REST and GraphQL alike', async () => {
    const [owner, another] = [newOwner(), newOwner()];
    const a = await publish(owner, 'a');
    await publish(owner, 'b');
    await publish(another, 'c');
    const count = async (readable: Readable) => {
      const request = { parents: { kind: 'owner' as const, ids: [owner, another] }, readable };
      const filter = { formats: null, names: null, repositoryId: null };
      const { counts } = await metadata.client.countPackagesOfParents({ ...request, filter });
      const listed = [await page(owner, readable), await page(another, readable)];
      expect(counts.map(({ total }) => total)).toEqual(listed.map(({ total }) => total));
      return counts.map(({ total }) => total);
    };
    const all = { ...nothingReadable, ownerIds: [owner, another] };
    expect(await count(all)).toEqual([2, 1]);
    expect(await count({ ...nothingReadable, packageIds: [a] })).toEqual([1, 0]);
    await metadata.client.removePackage({ packageId: a, actor: alice });
    expect(await count(all)).toEqual([1, 1]);
    expect(await count({ ...nothingReadable, packageIds: [a] })).toEqual([0, 0]);
  });

  describe('of somebody with more grants than travel', () => {
    const owner = newOwner();
    beforeAll(async () => {
      await metadata.database.query(
        `INSERT INTO package (id, format, owner_id, name, name_key, visibility, created_at, updated_at)
         SELECT gen_random_uuid(), 'toy', $1, 'p' || i, 'p' || lpad(i::text, 6, '0'), 'private',
           now() - make_interval(secs => i), now() FROM generate_series(1, $2::int) i`,
        [owner, MANY],
      );
      const rows = await metadata.database.query<{ id: string }>(
        'SELECT id FROM package WHERE owner_id = $1 ORDER BY created_at DESC, id DESC',
        [owner],
      );
      granted = rows.map(({ id }) => id);
    }, 60_000);

    it('have every one of them, as far as pages reach', async () => {
      for (const [offset, limit] of [
        ...[
          [0, 100],
          [4321, 30],
          [9900, 100],
        ],
      ] as Array<[number, number]>) {
        const { total, items } = await page(owner, readableElsewhere(), { offset, limit });
        expect(total).toBe(10_000);
        expect(items.map(({ id }) => id)).toEqual(granted.slice(offset, offset + limit));
      }
      // Beyond: looked up each time, the same list.
      const { items } = await page(owner, readableElsewhere(), { offset: 10_000, limit: 100 });
      expect(items.map(({ id }) => id)).toEqual(granted.slice(10_000, 10_100));
    });

    it('ask for the grants once, and again when they are others', async () => {
      await page(owner, readableElsewhere());
      const before = asked;
      for (const offset of [0, 100, 200]) await page(owner, readableElsewhere(), { offset });
      expect(asked).toBe(before);
      granted = granted.slice(1);
      const { items } = await page(owner, readableElsewhere());
      expect(items[0]!.id).toBe(granted[0]);
      expect(asked).toBe(before + 3);
    });

    it('never keep rights of now under a name of before, nor those of before under a name of now', async () => {
      const old = readableElsewhere();
      granted = granted.slice(0, 300);
      // The caller heard of the rights before they changed: the answer is of now.
      expect((await page(owner, { ...old, elsewhere: { ...old.elsewhere!, key: 'unknown' } })).total).toBe(
        300,
      );
      granted = granted.slice(0, 200);
      expect((await page(owner, { ...old, elsewhere: { ...old.elsewhere!, key: 'unknown' } })).total).toBe(
        200,
      );
    });

    it('are found by search and counted', async () => {
      const readable = readableElsewhere();
      const { total } = await metadata.client.searchPackages({ text: '', ownerIds: [owner], readable });
      expect(total).toBe(granted.length);
    });
  });
});
