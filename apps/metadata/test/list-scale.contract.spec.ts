import { nothingReadable, type Readable } from '@packhouse/contracts';
import { DatabaseWatch } from '@packhouse/testing';
import { newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

const COUNT = 100_000;
const watch = new DatabaseWatch();

describe('an owner of 100,000 packages', () => {
  let metadata: StartedMetadata;
  const owner = newOwner();

  beforeAll(async () => {
    metadata = await startMetadata();
    await metadata.database.query(
      `INSERT INTO package (id, format, owner_id, name, name_key, visibility, created_at, updated_at)
       SELECT gen_random_uuid(), 'toy', $1, 'p' || i, 'p' || i, CASE WHEN i % 10 = 0 THEN 'public' ELSE 'private' END,
         now() - make_interval(secs => i), now() FROM generate_series(1, $2::int) i`,
      [owner, COUNT],
    );
    await metadata.database.query('VACUUM ANALYZE package');
  }, 180_000);
  afterAll(() => metadata.stop());

  const one = async (): Promise<string> => {
    const [row] = await metadata.database.query<{ id: string }>(
      `SELECT id FROM package WHERE owner_id = $1 AND visibility = 'private' LIMIT 1`,
      [owner],
    );
    return row!.id;
  };

  it('has pages that cost the same for everybody, the first and the deepest', async () => {
    const readers: Record<string, Readable> = {
      owner: { ...nothingReadable, ownerIds: [owner] },
      stranger: nothingReadable,
      friend: { ...nothingReadable, packageIds: [await one()] },
      member: { ...nothingReadable, inheritingOwnerIds: [owner] },
    };
    const whole = await watch.pagesOf(metadata.database, ['package'], () =>
      metadata.database.query('SELECT count(visibility) FROM package'),
    );
    for (const [name, readable] of Object.entries(readers)) {
      for (const offset of [0, 5000, 9900]) {
        const request = { ownerIds: [owner], formats: ['toy'], readable, offset, limit: 100 };
        const read = await watch.pagesOf(metadata.database, ['package'], async () => {
          const page = await metadata.client.listPackagesOf(request);
          expect(page.items).toHaveLength(100);
          expect(page.total).toBe(10_000);
        });
        // The total is counted up to 10,000 once; later pages may come from what is kept in memory.
        expect([name, offset, read < whole / 3]).toEqual([name, offset, true]);
      }
    }
  }, 120_000);
});
