import { MAX_MESSAGE_BYTES } from '@packhouse/contracts';
import { DatabaseWatch } from '@packhouse/testing';
import { alice, commitOf, listAll, newOwner, sortKeyOf } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

const COUNT = 5000;
const tables = ['package', 'version', 'version_fragment', 'file', 'tag', 'version_relation'];
const watch = new DatabaseWatch();

describe('a package with thousands of versions', () => {
  let metadata: StartedMetadata;
  const owner = newOwner();
  let packageId = '';

  /** Adds `count` versions the short way: what matters here is what is stored, not how it came. */
  const fill = async (id: string, count: number): Promise<void> => {
    const { database } = metadata;
    await database.query(
      `INSERT INTO version (id, package_id, version, identity, sort_key, publisher_id, published_at, published_revision, changed_revision, properties)
       SELECT gen_random_uuid(), $1, '0.0.' || i, '0.0.' || i, '00000000.00000000.' || lpad(i::text, 8, '0') || '.~', gen_random_uuid(),
              now(), i + 1, i + 1, '{"license":"MIT"}' FROM generate_series(1, $2::int) i`,
      [id, count],
    );
    await database.query(
      `INSERT INTO version_fragment (version_id, kind, body, wire_size)
       SELECT id, 'full', repeat(md5(version), 40), 1282 FROM version WHERE package_id = $1 AND version LIKE '0.0.%'`,
      [id],
    );
    await database.query(
      `INSERT INTO file (package_id, version_id, name, content_type, size, digests)
       SELECT package_id, id, version || '.box', 'x/y', 1, jsonb_build_object('sha256', repeat('0', 64))
       FROM version WHERE package_id = $1 AND version LIKE '0.0.%'`,
      [id],
    );
    await database.query('UPDATE package SET revision = $2::int, version_count = $2::int WHERE id = $1', [
      id,
      count + 1,
    ]);
    await database.query('ANALYZE');
  };

  beforeAll(async () => {
    metadata = await startMetadata();
    packageId = (await metadata.client.commitVersion(commitOf(owner, { version: '1.0.0' }))).package.id;
    await fill(packageId, COUNT);
  }, 120_000);

  afterAll(() => metadata.stop());

  it('takes a further version with the statements and at most twice the pages of a small package', async () => {
    const small = newOwner();
    await metadata.client.commitVersion(commitOf(small, { version: '1.0.0' }));
    const costOf = async (of: string) => {
      const versions = Array.from({ length: 30 }, (_, index) => commitOf(of, { version: `2.0.${index}` }));
      let statements: string[] = [];
      const pages = await watch.pagesOf(metadata.database, tables, async () => {
        statements = await watch.statementsOf(async () => {
          for (const version of versions) await metadata.client.commitVersion(version);
        });
      });
      // Without those that pass the events on meanwhile.
      return { statements: statements.filter((text) => /\b(package|version)\b/.test(text)), pages };
    };
    const [few, many] = [await costOf(small), await costOf(owner)];
    expect(few.statements.length).toBeGreaterThan(30);
    expect(many.statements).toEqual(few.statements);
    expect(few.pages).toBeGreaterThan(30);
    expect(many.pages).toBeLessThan(2 * few.pages);
  }, 30_000);

  it('is listed whole in pages that fit a message, in order of publication', async () => {
    const { items, pages, revisions } = await listAll(metadata.client, { packageId, fragmentKind: 'full' });
    expect(items).toHaveLength(COUNT + 31);
    expect(new Set(items.map((item) => item.id)).size).toBe(items.length);
    expect(items.slice(0, 3).map((item) => item.version)).toEqual(['1.0.0', '0.0.1', '0.0.2']);
    expect(items.at(-1)!.version).toBe('2.0.29');
    expect(revisions.size).toBe(1);
    expect(pages).toBeGreaterThan(10);
    expect(pages).toBeLessThan(25);
    expect((await listAll(metadata.client, { packageId })).pages).toBe(6);
  }, 30_000);

  it('is brought up to date at the cost of the change', async () => {
    const { package: before } = await metadata.client.describePackage({ packageId });
    await metadata.client.commitVersion(commitOf(owner, { version: '3.0.0' }));
    const read = await watch.pagesOf(metadata.database, tables, async () => {
      const { items } = await listAll(metadata.client, { packageId, afterRevision: before.revision });
      expect(items.map((item) => item.version)).toEqual(['3.0.0']);
    });
    expect(read).toBeGreaterThan(0);
    // The versions alone have hundreds of pages, their fragments more.
    expect(read).toBeLessThan(50);
  });

  it('tells by the revision that it changed between two pages', async () => {
    const first = await metadata.client.listVersions({ packageId });
    await metadata.client.setPackageProperties({ packageId, properties: { a: 'b' }, actor: alice });
    const second = await metadata.client.listVersions({ packageId, cursor: first.next });
    expect(second.revision).toBe(first.revision + 1);
  });

  it('fits a message also when every character of the fragments is written as two', async () => {
    const nasty = newOwner();
    let id = '';
    for (let index = 0; index < 6; index += 1) {
      const request = commitOf(nasty, {
        version: `1.0.${index}`,
        fragments: { full: '"\\'.repeat(100_000) },
      });
      id = (await metadata.client.commitVersion(request)).package.id;
    }
    let cursor: string | null = null;
    let count = 0;
    do {
      const page = await metadata.client.listVersions({ packageId: id, fragmentKind: 'full', cursor });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(MAX_MESSAGE_BYTES);
      count += page.items.length;
      cursor = page.next;
    } while (cursor !== null);
    expect(count).toBe(6);
  });

  it('is deleted, restored and purged, 5,000 versions each within the time that a caller waits', async () => {
    const { client, database, purge } = metadata;
    const doomed = newOwner();
    const request = commitOf(doomed, { version: '9.0.0', sortKey: sortKeyOf('9.0.0') });
    const { package: made } = await client.commitVersion(request);
    await fill(made.id, COUNT);
    const packageId = made.id;
    await client.removePackage({ packageId, actor: alice });
    await client.restorePackage({ packageId, ownerLogin: 'acme', actor: alice });
    expect((await client.describePackage({ packageId })).versionCount).toBe(COUNT + 1);
    await client.removePackage({ packageId, actor: alice });
    await database.query(`UPDATE package SET removed_at = now() - interval '31 days' WHERE id = $1`, [
      packageId,
    ]);
    await purge.run();
    const purged = (await metadata.events(packageId)).filter(({ type }) => type === 'package.version-purged');
    expect(purged).toHaveLength(COUNT + 1);
    const left = await database.query(
      'SELECT FROM version WHERE package_id = $1 UNION ALL SELECT FROM package WHERE id = $1',
      [packageId],
    );
    expect(left).toEqual([]);
  }, 120_000);
});
