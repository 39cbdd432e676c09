import { nothingReadable } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import { DatabaseWatch } from '@packhouse/testing';
import { alice, commitOf, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

const watch = new DatabaseWatch();

describe('search and downloads', () => {
  let metadata: StartedMetadata;
  const acme = newOwner();
  const umbrella = newOwner();
  const ids = new Map<string, string>();
  const nobody = nothingReadable;

  const publish = async (
    owner: string,
    name: string,
    description: string,
    keywords: string[],
    visibility: 'public' | 'private',
  ) => {
    const packageProperties = { description, keywords: JSON.stringify(keywords), readme: 'r'.repeat(10_000) };
    const request = commitOf(owner, { name, visibility, packageProperties, properties: { license: 'MIT' } });
    ids.set(name, (await metadata.client.commitVersion(request)).package.id);
  };

  beforeAll(async () => {
    metadata = await startMetadata();
    await publish(acme, '@acme/parse', 'reads things', ['text'], 'public');
    await publish(acme, '@acme/parser', 'reads more', ['text', 'Fast'], 'public');
    await publish(acme, '@acme/fast-parser', 'quick', ['fast'], 'public');
    await publish(acme, '@acme/quick', 'can parse anything', [], 'public');
    await publish(umbrella, '@umbrella/parse-secret', '100% hidden_thing', ['text'], 'private');
  }, 60_000);

  afterAll(() => metadata.stop());

  const search = async (request: Partial<Parameters<StartedMetadata['client']['searchPackages']>[0]>) => {
    const { total, items } = await metadata.client.searchPackages({ readable: nobody, ...request });
    return { total, names: items.map((item) => item.package.name) };
  };

  it('puts the exact name first, then names that begin so, names that contain it, and texts', async () => {
    expect(await search({ text: 'Parse' })).toEqual({
      total: 4,
      names: ['@acme/parse', '@acme/parser', '@acme/fast-parser', '@acme/quick'],
    });
    expect((await search({ text: '@acme/parser' })).names[0]).toBe('@acme/parser');
  });

  it('wants every word, and takes wildcard characters as they are', async () => {
    expect((await search({ text: '  reads\tmore ' })).names).toEqual(['@acme/parser']);
    expect((await search({ text: 'parse nonsense' })).total).toBe(0);
    expect((await search({ text: '%' })).total).toBe(0);
    expect((await search({ text: 'p_rse' })).total).toBe(0);
    expect((await search({ text: '\\' })).total).toBe(0);
    expect((await search({ text: `'; --\0` })).total).toBe(0);
    const readable = { ...nothingReadable, ownerIds: [umbrella] };
    expect((await search({ text: '100% hidden_', readable })).names).toEqual(['@umbrella/parse-secret']);
  });

  it('never shows nor counts a private package to somebody who may not read it', async () => {
    expect((await search({ text: 'secret' })).total).toBe(0);
    expect((await search({ text: 'secret', ownerIds: [umbrella] })).total).toBe(0);
    const packageIds = [ids.get('@umbrella/parse-secret')!];
    for (const readable of [
      { ...nothingReadable, packageIds },
      { ...nothingReadable, ownerIds: [umbrella] },
    ])
      expect((await search({ text: 'parse', readable })).total).toBe(5);
    expect((await search({ text: 'parse', readable: { ...nothingReadable, ownerIds: [acme] } })).total).toBe(
      4,
    );
  });

  it('filters by format, owner and groups of keywords', async () => {
    expect((await search({ format: 'toy' })).total).toBe(4);
    expect((await search({ format: 'other' })).total).toBe(0);
    expect((await search({ ownerIds: [umbrella, acme] })).total).toBe(4);
    expect((await search({ ownerIds: [] })).total).toBe(0);
    expect((await search({ keywords: [['FAST']] })).total).toBe(2);
    expect((await search({ keywords: [['fast', 'text']] })).total).toBe(3);
    expect((await search({ keywords: [['fast'], ['text']] })).names).toEqual(['@acme/parser']);
  });

  it('pages through the same set that it counts', async () => {
    const names: string[] = [];
    for (let offset = 0; offset < 6; offset += 2) {
      const page = await search({ text: 'parse', offset, limit: 2 });
      expect(page.total).toBe(4);
      names.push(...page.names);
    }
    expect(new Set(names).size).toBe(4);
    expect(await search({ text: 'parse', limit: 0 })).toEqual({ total: 4, names: [] });
  });

  it('tells of each package its short properties and its latest version', async () => {
    const { items } = await metadata.client.searchPackages({
      text: '@acme/parser',
      readable: nobody,
      limit: 1,
    });
    expect(items[0]).toMatchObject({
      package: { id: ids.get('@acme/parser') },
      properties: { description: 'reads more' },
      latest: { version: '1.0.0', properties: { license: 'MIT' } },
    });
    expect(items[0]!.properties).not.toHaveProperty('readme');
  });

  it('forgets a package that is removed and finds it by its new words when it changes', async () => {
    const owner = newOwner();
    const { package: made } = await metadata.client.commitVersion(
      commitOf(owner, { name: 'zebra', visibility: 'public' }),
    );
    const packageId = made.id;
    await metadata.client.setPackageProperties({
      packageId,
      properties: { description: 'striped', keywords: '["Horse"]' },
      actor: alice,
    });
    expect((await search({ text: 'striped' })).names).toEqual(['zebra']);
    expect((await search({ keywords: [['horse']] })).names).toEqual(['zebra']);
    expect((await search({ text: 'about' })).total).toBe(0);
    await metadata.client.removePackage({ packageId, actor: alice });
    expect((await search({ text: 'zebra' })).total).toBe(0);
  });

  it('counts a batch of downloads once, however often and at once it comes', async () => {
    const { client } = metadata;
    const packageId = ids.get('@acme/fast-parser')!;
    const { version } = await client.findVersion({ packageId, version: '1.0.0' });
    const item = (day: string, count: number, versionId = version!.id) => ({
      packageId,
      versionId,
      day,
      count,
    });
    const batch = {
      batchId: newId(),
      items: [
        item('2026-01-01', 3),
        item('2026-01-01', 4),
        item('2026-01-03', 5),
        item('2026-01-01', 9, newId()),
      ],
    };
    await Promise.all(Array.from({ length: 5 }, () => client.recordDownloads(batch)));
    await client.recordDownloads({ batchId: newId(), items: [item('2026-01-03', 1)] });
    expect(await client.countDownloads({ packageId, from: '2026-01-01', to: '2026-01-31' })).toEqual({
      total: 13,
      days: [
        { day: '2026-01-01', count: 7 },
        { day: '2026-01-03', count: 6 },
      ],
    });
    expect((await client.countDownloads({ packageId, from: '2026-01-02', to: '2026-01-02' })).total).toBe(0);
    expect((await search({ text: 'acme' })).names[0]).toBe('@acme/fast-parser');
  });

  it('finds a rare word among 100,000 packages by reading few of them', async () => {
    await metadata.database.query(
      `INSERT INTO package (id, format, owner_id, name, name_key, visibility, revision, created_at, updated_at, search_name, search_text)
       SELECT gen_random_uuid(), 'bulk', gen_random_uuid(), n, n, 'public', 1, now(), now(), n, n || E'\n' || md5(n) || ' common words'
       FROM (SELECT 'bulk-' || i AS n FROM generate_series(1, 100000) i) names`,
    );
    await metadata.database.query('ANALYZE package');
    const read = await watch.pagesOf(metadata.database, ['package'], async () => {
      expect((await search({ text: 'bulk-77777' })).names).toEqual(['bulk-77777']);
    });
    const whole = await watch.pagesOf(metadata.database, ['package'], () =>
      metadata.database.query('SELECT count(search_text) FROM package'),
    );
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(whole / 3);
  }, 60_000);
});
