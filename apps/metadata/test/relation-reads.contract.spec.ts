import { newId, sha256Hex } from '@packhouse/kernel';
import { DatabaseWatch } from '@packhouse/testing';
import { addressedOf, Boxes, digestOf } from './support/addressed';
import { alice, commitOf, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

jest.setTimeout(60_000);

const watch = new DatabaseWatch();
let metadata: StartedMetadata;

beforeAll(async () => {
  metadata = await startMetadata();
}, 120_000);
afterAll(() => metadata.stop());

describe('tags of content-addressed packages', () => {
  it('are listed in order of their bytes, from behind any name, with a text in them', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('a', { tags: ['b', 'B', '1.10', '1.9', '_x'] });
    const { packageId } = boxes;
    const list = (more: object) => metadata.client.listTags({ packageId, ...more });
    expect(await list({})).toEqual({ items: ['1.10', '1.9', 'B', '_x', 'b'], isEnd: true });
    expect(await list({ limit: 2 })).toEqual({ items: ['1.10', '1.9'], isEnd: false });
    expect(await list({ after: '1.9', limit: 3 })).toEqual({ items: ['B', '_x', 'b'], isEnd: true });
    expect(await list({ after: 'A-missing', limit: 1 })).toEqual({ items: ['B'], isEnd: false });
    expect(await list({ matching: '.1' })).toEqual({ items: ['1.10'], isEnd: true });
    expect(await list({ matching: '%' })).toEqual({ items: [], isEnd: true });
    await expect(metadata.client.listTags({ packageId: newId() })).rejects.toMatchObject({
      code: 'not_found',
    });
    await metadata.client.removePackage({ packageId, actor: alice });
    await expect(list({})).rejects.toMatchObject({ code: 'not_found' });
    expect(await metadata.client.findTagged({ packageId, tag: 'b' })).toEqual({ version: null });
  });

  it('tell the digest under which their version was pushed to them last, also after a restore', async () => {
    const boxes = new Boxes(metadata.client);
    const tagDigest = `sha512:${'5'.repeat(128)}`;
    const told = async (...tags: string[]): Promise<Array<string | null | undefined>> => {
      const { packageId } = boxes;
      const found = await Promise.all(tags.map((tag) => metadata.client.findTagged({ packageId, tag })));
      return found.map(({ version }) => version?.digest);
    };
    await boxes.push('a', { tags: ['first'], tagDigest });
    await boxes.push('b', { tags: ['plain'] });
    await boxes.push('c', { tags: ['next'], tagDigest });
    expect(await told('first', 'plain', 'next', 'none')).toEqual([tagDigest, null, tagDigest, undefined]);
    await boxes.push('a', { tags: ['first', 'more'], tagDigest });
    const { revision } = (await boxes.push('a', { tags: ['first'] })).package;
    expect(await told('first', 'more')).toEqual([null, tagDigest]);
    expect((await boxes.push('a', { tags: ['first'] })).package.revision).toBe(revision);
    await boxes.remove(['a']);
    await boxes.restore('a');
    expect(await told('first', 'more')).toEqual([null, tagDigest]);
    await boxes.moveTag('more', 'b');
    expect(await told('more')).toEqual([null]);
    await boxes.remove(['c']);
    await boxes.push('c', { tags: ['again'], tagDigest });
    expect(await told('again', 'next')).toEqual([tagDigest, undefined]);
  });

  it('may be 10,000, and a page of them is read by itself', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('a', { tags: ['first'] });
    const { packageId } = boxes;
    await metadata.database.query(
      `INSERT INTO tag (package_id, name, version_id)
       SELECT $1, 'v1.' || n || '-build.' || md5(n::text), $2 FROM generate_series(1, 10000) n`,
      [packageId, boxes.id('a')],
    );
    await metadata.database.query('ANALYZE tag');
    await boxes.push('a', { tags: ['one-more'] });
    await boxes.moveTag('moved', 'a');
    const found: string[] = [];
    let after: string | null = null;
    const read: number[] = [];
    for (let isEnd = false; !isEnd;) {
      let page: { items: string[]; isEnd: boolean } = { items: [], isEnd: true };
      const list = async () => (page = await metadata.client.listTags({ packageId, after, limit: 1000 }));
      const listed = watch.pagesOf(metadata.database, ['tag'], async () => {
        expect((await watch.statementsOf(list)).length).toBeLessThan(5);
      });
      read.push(await listed);
      found.push(...page.items);
      after = page.items.at(-1) ?? null;
      isEnd = page.isEnd;
    }
    expect(found).toHaveLength(10_003);
    expect(new Set(found).size).toBe(10_003);
    expect(found).toEqual([...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    // A row lies anywhere: all of them in their order are thousands of pages.
    expect(Math.min(...read)).toBeGreaterThan(0);
    expect(Math.max(...read)).toBeLessThan(600);
    const whole = await metadata.client.listTags({ packageId, limit: 10_000 });
    expect(whole).toEqual({ items: found.slice(0, 10_000), isEnd: false });
    expect((await metadata.client.describePackage({ packageId })).tags).toHaveLength(1000);
    const { items } = await metadata.client.listVersionsOf({ packageId });
    expect(items[0]?.tags).toHaveLength(1000);
  });

  it('fit a message when they are as long as tags can be', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('a', { tags: ['first'] });
    const { packageId } = boxes;
    await metadata.database.query(
      `INSERT INTO tag (package_id, name, version_id)
       SELECT $1, lpad(n::text, 128, 'x'), $2 FROM generate_series(1, 10000) n`,
      [packageId, boxes.id('a')],
    );
    const page = await metadata.client.listTags({ packageId, limit: 10_000 });
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(600_000);
    expect(page.isEnd).toBe(false);
  });
});

describe('immutable tags', () => {
  it('stay on their version, by every way, until the rule goes', async () => {
    const { client } = metadata;
    const boxes = new Boxes(client);
    await boxes.push('a', { tags: ['v1.0', 'edge'] });
    await boxes.push('b', { tags: ['v1.1'] });
    const { packageId } = boxes;
    const rules = (immutable: string[]) => client.setTagRules({ packageId, immutable, actor: alice });
    const { revision } = await rules(['v*', 'stable', 'v*']);
    expect(await rules(['v*', 'stable'])).toMatchObject({ revision });
    expect((await client.describePackage({ packageId })).immutableTags).toEqual(['v*', 'stable']);

    const refusal = { code: 'forbidden', details: { tag: 'v1.0', immutable: true } };
    await expect(boxes.push('b', { tags: ['v1.0'] })).rejects.toMatchObject(refusal);
    await expect(boxes.push('c', { tags: ['v1.0'] })).rejects.toMatchObject(refusal);
    await expect(boxes.moveTag('v1.0', 'b')).rejects.toMatchObject(refusal);
    await expect(boxes.removeTag('v1.0')).rejects.toMatchObject(refusal);
    expect(await boxes.tagged('v1.0')).toBe('a');
    expect(await boxes.listed()).toEqual(['b', 'a']);

    expect(await boxes.push('a', { tags: ['v1.0', 'v2.0', 'stable'] })).toMatchObject({
      outcome: 'unchanged',
    });
    await boxes.moveTag('v1.0', 'a');
    await boxes.moveTag('edge', 'b');
    await boxes.removeTag('edge');
    await rules([]);
    await boxes.moveTag('v1.0', 'b');
    expect(await boxes.tagged('v1.0')).toBe('b');
    expect((await metadata.events(packageId)).map(({ payload }) => payload.change)).toContain('tag-rules');
  });

  it('hold for numbered versions as well', async () => {
    const owner = newOwner();
    const made = await metadata.client.commitVersion(commitOf(owner, { tags: ['latest', 'lts'] }));
    const packageId = made.package.id;
    await metadata.client.setTagRules({ packageId, immutable: ['lts'], actor: alice });
    const next = commitOf(owner, { version: '2.0.0', tags: ['latest', 'lts'] });
    await expect(metadata.client.commitVersion(next)).rejects.toMatchObject({ code: 'forbidden' });
    await metadata.client.commitVersion({ ...next, tags: ['latest'] });
  });

  it('are ruled by many at once, none of whom undoes what another does', async () => {
    const { client } = metadata;
    const made = await client.commitVersion(commitOf(newOwner()));
    const packageId = made.package.id;
    const change = (rules: { add?: string[]; remove?: string[] }) =>
      client.changeTagRules({ packageId, actor: alice, ...rules });
    const rules = async () => (await client.describePackage({ packageId })).immutableTags.sort();
    const patterns = Array.from({ length: 8 }, (_, n) => `v${n}.*`);
    await Promise.all(patterns.map((pattern) => change({ add: [pattern, 'lts'] })));
    expect(await rules()).toEqual(['lts', ...patterns]);
    await Promise.all(patterns.map((pattern) => change({ remove: [pattern] })));
    expect(await rules()).toEqual(['lts']);
    await expect(change({ remove: ['v0.*'] })).rejects.toMatchObject({ code: 'not_found' });
    const many = Array.from({ length: 50 }, (_, n) => `n${n}`);
    await expect(change({ add: many })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('keep their version too: else other content could follow it under the tag', async () => {
    const { client } = metadata;
    const boxes = new Boxes(client);
    await boxes.push('a', { tags: ['v1'] });
    await boxes.push('b', { tags: ['edge'] });
    const { packageId } = boxes;
    await client.setTagRules({ packageId, immutable: ['v*'], actor: alice });
    await expect(boxes.remove(['a'])).rejects.toMatchObject({
      ...{ code: 'forbidden', details: { tag: 'v1', immutable: true } },
    });
    expect(await boxes.tagged('v1')).toBe('a');
    const versionIds = [(await client.findTagged({ packageId, tag: 'v1' })).version!.id];
    await client.removeVersions({ packageId, versionIds, force: { reason: 'a leaked key' }, actor: alice });
    expect(await boxes.listed()).toEqual(['b']);
    await boxes.restore('a');
    expect(await boxes.tagged('v1')).toBe('a');
  });
});

describe('content of a package', () => {
  it('is found by either digest among the files of its live versions', async () => {
    const { client } = metadata;
    const boxes = new Boxes(client);
    const sha512 = 'c'.repeat(128);
    const file = { name: 'layer', contentType: 'x/y', size: 3, digests: { sha256: sha256Hex('L'), sha512 } };
    await boxes.push('a', { tags: ['1'] });
    await boxes.push('b', { files: [file] });
    const { packageId } = boxes;
    const find = async (...digests: string[]) =>
      (await client.findContent({ packageId, digests })).files.map(({ digest, versionId }) => [
        digest,
        versionId,
      ]);
    const layer = digestOf('L');
    expect(await find(layer, `sha512:${sha512}`, digestOf('nowhere'), layer)).toEqual([
      [layer, boxes.id('b')],
      [`sha512:${sha512}`, boxes.id('b')],
    ]);
    expect((await client.findContent({ packageId, digests: [layer] })).files[0]?.file).toEqual(file);
    expect(await find(digestOf('shared layer'))).toEqual([[digestOf('shared layer'), boxes.id('a')]]);
    await boxes.remove(['b']);
    expect(await find(layer, `sha512:${sha512}`)).toEqual([]);
    const other = new Boxes(client);
    await other.push('z');
    expect((await client.findContent({ packageId: other.packageId, digests: [layer] })).files).toEqual([]);
    await expect(
      client.findContent({ packageId, digests: [`sha256:${'A'.repeat(64)}`] }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('is found by the index, whatever else there is', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('a', { tags: ['1'] });
    const plan = await metadata.database.transaction(async (manager) => {
      await manager.query('SET LOCAL enable_seqscan = off');
      return manager.query<Array<Record<string, string>>>(
        `EXPLAIN SELECT 1 FROM file f WHERE f.package_id = $1 AND f.addressed AND f.digests->>'sha256' = $2`,
        [boxes.packageId, sha256Hex('x')],
      );
    });
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('file_by_sha256');
  });
});

describe('what is said about a version', () => {
  it('is listed newest first, by type, whether the version is there or not', async () => {
    const { client } = metadata;
    const boxes = new Boxes(client);
    await boxes.push('sbom', { about: 'a', properties: { artifactType: 'sbom' } });
    await boxes.push('signature', { about: 'a', properties: { artifactType: 'sig' }, tags: ['signed'] });
    const { packageId } = boxes;
    const list = async (artifactTypes: string[] | null = null) =>
      (await client.listAbout({ packageId, version: digestOf('a'), artifactTypes })).items;
    expect((await list()).map(({ id }) => id)).toEqual([boxes.id('signature'), boxes.id('sbom')]);
    await boxes.push('a', { tags: ['1'] });
    expect((await list(['sbom', 'none'])).map(({ id }) => id)).toEqual([boxes.id('sbom')]);
    expect(await list(['none'])).toEqual([]);
    expect((await list())[1]).toEqual({
      id: boxes.id('sbom'),
      version: digestOf('sbom'),
      properties: { artifactType: 'sbom' },
      file: addressedOf(boxes.ownerId, 'sbom').files[0],
      fragment: '{"of":"sbom"}',
    });
    await boxes.remove(['sbom']);
    expect((await list()).map(({ id }) => id)).toEqual([boxes.id('signature')]);
    expect((await client.listAbout({ packageId: newId(), version: digestOf('a') })).items).toEqual([]);
    await expect(
      client.listAbout({ packageId, version: digestOf('a'), cursor: 'nonsense' }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('is paged whole, without repeats, and in messages that are not too large', async () => {
    const { client } = metadata;
    const boxes = new Boxes(client);
    await boxes.push('a', { tags: ['1'] });
    const long = 'x'.repeat(20_000);
    for (let n = 0; n < 60; n += 1)
      await boxes.push(`label ${n}`, { about: 'a', fragments: { descriptor: long } });
    const found: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof client.listAbout>> = await client.listAbout({
        ...{ packageId: boxes.packageId, version: digestOf('a'), limit: 1000, cursor },
      });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(700_000);
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next;
      pages += 1;
    } while (cursor !== null);
    expect(pages).toBeGreaterThan(1);
    expect(found).toEqual(Array.from({ length: 60 }, (_, n) => boxes.id(`label ${59 - n}`)));
  });
});

describe('relations of versions', () => {
  it('are told both ways, with what is missing and nothing of what is deleted', async () => {
    const { client } = metadata;
    const boxes = new Boxes(client);
    await boxes.push('left', { properties: { platform: 'toy/left', note: 'n'.repeat(600) } });
    const contains = ['left', 'missing'];
    await boxes.push('m', { contains, allowMissingContained: true, tags: ['1'] });
    await boxes.push('signature', { about: 'm' });
    await boxes.push('old signature', { about: 'm' });
    await boxes.remove(['old signature']);
    const describe = async (...texts: string[]) =>
      (
        await client.describeRelations({
          packageId: boxes.packageId,
          versionIds: texts.map((text) => boxes.id(text)),
        })
      ).versions;
    const [signature, m, left] = await describe('signature', 'm', 'left', 'old signature');
    expect(await describe('old signature')).toEqual([]);
    const properties = { artifactType: 'toy/box' };
    const nothing = { total: 0, items: [] };
    const { number } = left!.containedBy.items[0]!;
    expect(number).toEqual(expect.any(Number));
    expect(m).toEqual({
      versionId: boxes.id('m'),
      contains: {
        total: 2,
        items: [
          {
            ...{ id: boxes.id('left'), number: expect.any(Number) as number, version: digestOf('left') },
            properties: { platform: 'toy/left' },
          },
          { id: null, number: null, version: digestOf('missing'), properties: {} },
        ],
      },
      containedBy: nothing,
      about: nothing,
      aboutThis: {
        total: 1,
        items: [
          {
            id: boxes.id('signature'),
            number: expect.any(Number) as number,
            version: digestOf('signature'),
            properties,
          },
        ],
      },
    });
    expect(left?.containedBy.items).toEqual([
      { id: boxes.id('m'), number, version: digestOf('m'), properties },
    ]);
    expect(signature?.about.items).toEqual([
      { id: boxes.id('m'), number, version: digestOf('m'), properties },
    ]);
    const other = new Boxes(client);
    await other.push('z');
    expect(
      (await client.describeRelations({ packageId: other.packageId, versionIds: [boxes.id('m')] })).versions,
    ).toEqual([]);
  });

  it('fit a message, however wide', async () => {
    const { client } = metadata;
    const boxes = new Boxes(client);
    const names = Array.from({ length: 2000 }, (_, n) => `missing ${n}`);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      await boxes.push(`m ${n}`, { contains: names, allowMissingContained: true });
      ids.push(boxes.id(`m ${n}`));
    }
    const answer = await client.describeRelations({
      packageId: boxes.packageId,
      versionIds: ids,
      limit: 2000,
    });
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(700_000);
    expect(answer.versions).toHaveLength(5);
    expect(answer.versions[0]?.contains.total).toBe(2000);
    expect(answer.versions[0]?.contains.items.length).toBeGreaterThan(10);
  });
});
