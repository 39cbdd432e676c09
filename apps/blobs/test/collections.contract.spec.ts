import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskBlobStore, type InventoryPage } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import type { Collection } from '@packhouse/contracts';
import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { newId, sha256Hex } from '@packhouse/kernel';
import type { Outbox } from '@packhouse/messaging';
import { silentLogger, type Logger } from '@packhouse/observability';
import { blobSettings, blobsService } from '../src';
import { CollectBlobs } from '../src/use-cases/collect-blobs';
import { Collections } from '../src/use-cases/collections';
import { ExpireHoldingsJob } from '../src/jobs/expire-holdings.job';
import { Holdings } from '../src/use-cases/holdings';
import { LinkBlobs } from '../src/use-cases/link-blobs';
import { TakeInventory } from '../src/use-cases/take-inventory';

jest.setTimeout(60_000);

const place = 'format:owner:name';
const actor = { accountId: newId(), login: 'root', tokenId: null, address: null, requestId: null };
const settings = Settings.load({ PACKHOUSE_BLOB_GRACE_MINUTES: '0' }, [blobSettings]);
const WEEK_MS = 7 * 24 * 3_600_000;

let postgres: ScratchPostgres;
let folder: string;
let database: OpenServiceDatabase;
let store: DiskBlobStore;
let holdings: Holdings;
let told: unknown[];
let complaints: object[];

function collectionsOn(blobs = store, terms = settings): Collections {
  const outbox = { record: async (...event: unknown[]) => void told.push(event[2]) } as unknown as Outbox;
  const logger: Logger = { ...silentLogger, error: (facts) => void complaints.push(facts) };
  const collector = new CollectBlobs(database, blobs, terms, logger);
  const inventory = new TakeInventory(database, blobs, terms, logger);
  return new Collections(database, outbox, collector, inventory, logger);
}

/** One that somebody asked for, to its end. */
async function takeInventory(blobs = store): Promise<void> {
  await collectionsOn(blobs).requestInventory({ dryRun: false, actor });
  for (let tries = 0; tries < 1000 && (await listed())[0]?.state === 'running'; tries += 1) await sleep(20);
}

async function listed(): Promise<Collection[]> {
  return (await collectionsOn().list({ offset: 0, limit: 10 })).items;
}

/** Content as a crash or an older copy of the database leaves it: stored, and not in the ledger. */
async function leaveOrphan(content: Buffer, ageMs: number): Promise<string> {
  const sha256 = await upload(content);
  await database.query('DELETE FROM holding WHERE sha256 = $1', [sha256]);
  await database.query('DELETE FROM blob WHERE sha256 = $1', [sha256]);
  const time = new Date(Date.now() - ageMs);
  await utimes(join(folder, store.pathOf(sha256)), time, time);
  return sha256;
}

/** The store with another way to remove. */
function withRemove(remove: DiskBlobStore['remove']): DiskBlobStore {
  return Object.create(store, { remove: { value: remove } }) as DiskBlobStore;
}

/** Uploads as a gateway does: hold, promote, confirm. */
async function upload(content: Buffer): Promise<string> {
  const receiving = await store.startUpload({ algorithms: [], maxBytes: 1e9 });
  await receiving.write(content);
  const staged = await receiving.finish();
  const { size, digests } = staged;
  await holdings.hold({ place, blobs: [{ size, digests }], stored: false });
  await store.promote(staged);
  await holdings.hold({ place, blobs: [{ size, digests }], stored: true });
  return digests.sha256;
}

async function isThere(sha256: string): Promise<boolean> {
  return (await store.stat(sha256)) !== null;
}

beforeAll(async () => {
  postgres = await startScratchPostgres();
});

afterAll(async () => {
  await postgres?.stop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packhouse-collections-'));
  database = await openServiceDatabase({
    url: await postgres.createDatabase(),
    schema: blobsService.schema!,
    poolSize: 8,
    logger: silentLogger,
  });
  store = new DiskBlobStore(folder, { fsync: false, logger: silentLogger });
  await store.prepare();
  holdings = new Holdings(database);
  told = [];
  complaints = [];
});

afterEach(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a collection', () => {
  it('that is only counted removes nothing, says what it would, and is kept with who asked', async () => {
    const [unused, used] = [await upload(randomBytes(100)), await upload(randomBytes(50))];
    await holdings.drop({ place, sha256: unused });
    const { collection } = await collectionsOn().request({ dryRun: true, actor });
    expect(collection).toMatchObject({ dryRun: true, requestedBy: 'root', blobs: 1, bytes: 100 });
    expect(collection.finishedAt).not.toBeNull();
    expect([await isThere(unused), await isThere(used)]).toEqual([true, true]);
    expect(told).toEqual([{ collectionId: collection.id, dryRun: true }]);
    expect(await collectionsOn().list({ offset: 0, limit: 10 })).toEqual({ items: [collection], total: 1 });
  });

  it('on request answers at once and comes to its figures behind the answer', async () => {
    const unused = await upload(randomBytes(100));
    await holdings.drop({ place, sha256: unused });
    const { collection } = await collectionsOn().request({ dryRun: false, actor });
    expect(collection).toMatchObject({ blobs: 0, finishedAt: null });
    for (let tries = 0; tries < 1000 && (await listed())[0]?.state === 'running'; tries += 1) await sleep(20);
    expect(await isThere(unused)).toBe(false);
    const { items } = await collectionsOn().list({ offset: 0, limit: 10 });
    expect(items).toEqual([expect.objectContaining({ id: collection.id, blobs: 1, bytes: 100, failed: 0 })]);
    expect(items[0]!.finishedAt).not.toBeNull();
  });

  it('on schedule is kept only when it found something', async () => {
    await collectionsOn().collect();
    expect(await collectionsOn().list({ offset: 0, limit: 10 })).toEqual({ items: [], total: 0 });
    await holdings.drop({ place, sha256: await upload(randomBytes(10)) });
    await collectionsOn().collect();
    const { items } = await collectionsOn().list({ offset: 0, limit: 10 });
    expect(items).toEqual([expect.objectContaining({ requestedBy: null, blobs: 1, bytes: 10 })]);
  });

  it('16: leaves alone what somebody who may push was told of, however old, so that a version can use it', async () => {
    const addresses = [await upload(randomBytes(100)), await upload(randomBytes(100))];
    await database.query(`UPDATE holding SET touched_at = now() - interval '10 days'`);
    const [asked, forgotten] = addresses as [string, string];
    const { blobs } = await holdings.find({ place, digests: [`sha256:${asked}`], touch: true });
    expect(blobs).toHaveLength(1);
    await new ExpireHoldingsJob(database, settings, silentLogger).run();
    await collectionsOn().collect();
    expect([await isThere(asked), await isThere(forgotten)]).toEqual([true, false]);
    await new LinkBlobs(database).run({ versionId: newId(), blobs });
    await holdings.drop({ place, sha256: asked });
    await collectionsOn().collect();
    expect(await isThere(asked)).toBe(true);
  });

  it('17: never takes the bytes of content that is uploaded while it is being removed', async () => {
    const contents = Array.from({ length: 300 }, (_, index) =>
      Buffer.from(`content ${index}`.padEnd(500, '.')),
    );
    for (const content of contents) await holdings.drop({ place, sha256: await upload(content) });
    const slow = withRemove(async (sha256) => {
      await sleep(2);
      await store.remove(sha256);
    });
    const uploads = contents.map(async (content, index) => {
      await sleep(index);
      return upload(content);
    });
    await Promise.all([collectionsOn(slow).collect(), collectionsOn(slow).collect(), ...uploads]);
    for (const content of contents) expect(await isThere(sha256Hex(content))).toBe(true);
  });

  it('never lets a place mount what is being removed', async () => {
    const content = randomBytes(100);
    const sha256 = await upload(content);
    await holdings.drop({ place, sha256 });
    let mounted: ReturnType<Holdings['mount']> | undefined;
    const slow = withRemove(async (address) => {
      mounted = holdings.mount({ place: 'format:owner:other', from: null, digests: [`sha256:${address}`] });
      await sleep(200);
      await store.remove(address);
    });
    await collectionsOn(slow).collect();
    expect(await mounted).toEqual({ blobs: [] });
  });

  it('that was killed between store and ledger is finished by the next', async () => {
    const sha256 = await upload(randomBytes(100));
    await holdings.drop({ place, sha256 });
    await store.remove(sha256);
    await collectionsOn().collect();
    const [row] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM blob');
    expect(row).toEqual({ count: 0 });
  });

  it('whose process dies is told of as interrupted, with what it came to, and the next does the rest', async () => {
    const addresses = [];
    for (let count = 0; count < 250; count += 1)
      addresses.push(await upload(Buffer.from(`content ${count}`)));
    for (const sha256 of addresses) await holdings.drop({ place, sha256 });
    const beyond = addresses.sort()[220]!;
    // It hangs in its second batch, as if its process had died.
    const dying = withRemove((sha256) =>
      sha256 >= beyond ? new Promise(() => undefined) : store.remove(sha256),
    );
    void collectionsOn(dying).collect();
    for (let tries = 0; tries < 2000 && (await listed())[0]?.blobs !== 200; tries += 1) await sleep(10);
    expect(await listed()).toMatchObject([{ state: 'running', blobs: 200, finishedAt: null }]);
    await database.query(`UPDATE collection SET seen_at = seen_at - interval '3 minutes'`);
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'`,
    );
    expect(await listed()).toMatchObject([{ state: 'interrupted', blobs: 200, finishedAt: null }]);
    await collectionsOn().collect();
    expect(await listed()).toMatchObject([
      { state: 'finished', blobs: 50 },
      { state: 'interrupted', blobs: 200 },
    ]);
  });

  it('that fails says so at once', async () => {
    await upload(randomBytes(10));
    async function* broken(): AsyncGenerator<InventoryPage> {
      throw new Error('the storage is away');
    }
    const failing = Object.create(store, { takeInventory: { value: broken } }) as DiskBlobStore;
    await collectionsOn(failing).requestInventory({ dryRun: false, actor });
    for (let tries = 0; tries < 2000 && complaints.length === 0; tries += 1) await sleep(10);
    expect(await listed()).toMatchObject([{ kind: 'inventory', state: 'interrupted', requestedBy: 'root' }]);
  });
});

describe('an inventory', () => {
  it('removes old content that the ledger does not name, and neither young content nor what it names', async () => {
    const old = await leaveOrphan(randomBytes(100), WEEK_MS + 60_000);
    const young = await leaveOrphan(randomBytes(50), WEEK_MS - 60_000);
    const named = await upload(randomBytes(70));
    await utimes(join(folder, store.pathOf(named)), 0, 0);
    await collectionsOn().takeInventory();
    const left = await Promise.all([old, young, named].map(isThere));
    expect(left).toEqual([false, true, true]);
    const figures = { blobs: 1, bytes: 100, kept: 0, failed: 0, missing: 0 };
    expect(await listed()).toMatchObject([{ kind: 'inventory', state: 'finished', ...figures }]);
    await collectionsOn().takeInventory();
    expect(await listed()).toHaveLength(1);
  });

  it('that is only counted removes nothing, and is kept with who asked', async () => {
    const orphans = [];
    for (let count = 0; count < 60; count += 1) orphans.push(await leaveOrphan(randomBytes(10), 2 * WEEK_MS));
    const { collection } = await collectionsOn().requestInventory({ dryRun: true, actor });
    expect(collection).toMatchObject({
      kind: 'inventory',
      dryRun: true,
      requestedBy: 'root',
      state: 'running',
    });
    for (let tries = 0; tries < 1000 && (await listed())[0]?.state === 'running'; tries += 1) await sleep(20);
    expect(await listed()).toMatchObject([{ id: collection.id, state: 'finished', blobs: 60, bytes: 600 }]);
    for (const sha256 of orphans) expect(await isThere(sha256)).toBe(true);
    expect(told).toEqual([{ collectionId: collection.id, dryRun: true }]);
  });

  it('tells of content in use that is not stored or cut short, and deletes no row', async () => {
    const [lost, short, whole, unused] = [
      await upload(randomBytes(100)),
      await upload(randomBytes(200)),
      await upload(randomBytes(300)),
      await upload(randomBytes(400)),
    ];
    await holdings.drop({ place, sha256: unused });
    for (const sha256 of [lost, unused]) await store.remove(sha256);
    await truncate(join(folder, store.pathOf(short)), 20);
    await collectionsOn().takeInventory();
    expect(await listed()).toMatchObject([{ kind: 'inventory', missing: 2, blobs: 0, failed: 0 }]);
    const named = complaints.map((facts) => (facts as { sha256: string }).sha256);
    expect(named.sort()).toEqual([lost, short].sort());
    const rows = await database.query('SELECT FROM blob');
    expect(rows).toHaveLength(4);
    expect(await isThere(whole)).toBe(true);
  });

  it('on schedule removes nothing where the ledger names less than half of what is stored', async () => {
    const orphans = [
      await leaveOrphan(randomBytes(10), 2 * WEEK_MS),
      await leaveOrphan(randomBytes(20), 2 * WEEK_MS),
    ];
    await upload(randomBytes(30));
    await collectionsOn().takeInventory();
    expect(await Promise.all(orphans.map(isThere))).toEqual([true, true]);
    expect(await listed()).toMatchObject([{ kind: 'inventory', requestedBy: null, blobs: 0, failed: 2 }]);
    expect(complaints).toEqual([{ named: 1, orphans: 2 }]);
    await takeInventory();
    expect(await Promise.all(orphans.map(isThere))).toEqual([false, false]);
  });

  it('goes on after content that cannot be removed', async () => {
    const orphans = [];
    for (let count = 0; count < 5; count += 1) orphans.push(await leaveOrphan(randomBytes(10), 2 * WEEK_MS));
    const [bad] = orphans.sort();
    const failing = withRemove(async (sha256) => {
      if (sha256 === bad) throw new Error('the disk says no');
      await store.remove(sha256);
    });
    await takeInventory(failing);
    expect(await listed()).toMatchObject([{ blobs: 4, failed: 1, state: 'finished' }]);
    await takeInventory();
    expect(await isThere(bad!)).toBe(false);
    expect(await database.query('SELECT FROM blob')).toEqual([]);
  });

  it('never takes the bytes of content that is uploaded again at the same address while it removes them', async () => {
    const contents = [1, 2, 3].map(() => randomBytes(500));
    for (const content of contents) await leaveOrphan(content, 2 * WEEK_MS);
    const uploads: Promise<string>[] = [];
    // Longer than an upload takes that waits for nobody.
    const slow = withRemove(async (sha256) => {
      uploads.push(upload(contents.find((content) => sha256Hex(content) === sha256)!));
      await sleep(300);
      await store.remove(sha256);
    });
    await takeInventory(slow);
    expect(await listed()).toMatchObject([{ blobs: 3, kept: 0 }]);
    expect((await Promise.all(uploads)).sort()).toEqual(contents.map(sha256Hex).sort());
    for (const content of contents) expect(await isThere(sha256Hex(content))).toBe(true);
  });

  it('leaves alone an old orphan that was named again after it was seen', async () => {
    const content = randomBytes(100);
    const sha256 = await leaveOrphan(content, 2 * WEEK_MS);
    const late = Object.create(store, {
      takeInventory: {
        value: async function* () {
          for await (const page of store.takeInventory()) {
            await upload(content);
            yield page;
          }
        },
      },
    }) as DiskBlobStore;
    await takeInventory(late);
    expect(await isThere(sha256)).toBe(true);
    expect(complaints).toEqual([]);
  });
});
