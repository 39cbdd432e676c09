import { nothingReadable, type Readable } from '@packhouse/contracts';
import { newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

const COUNT = 100_000;

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
    for (const [name, readable] of Object.entries(readers)) {
      for (const offset of [0, 5000, 9900]) {
        const request = { ownerIds: [owner], formats: ['toy'], readable, offset, limit: 100 };
        await metadata.client.listPackagesOf(request);
        const times: number[] = [];
        for (let time = 0; time < 15; time += 1) {
          const started = performance.now();
          const page = await metadata.client.listPackagesOf(request);
          times.push(performance.now() - started);
          expect(page.items).toHaveLength(100);
          expect(page.total).toBe(10_000);
        }
        times.sort((left, right) => left - right);
        // Alone a page takes a few milliseconds; reading all packages takes more than a hundred.
        expect([name, offset, times[7]! < 60]).toEqual([name, offset, true]);
      }
    }
  }, 120_000);
});
