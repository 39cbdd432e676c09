import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskBlobStore } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { newId, sha256Hex } from '@packhouse/kernel';
import type { Outbox } from '@packhouse/messaging';
import { silentLogger } from '@packhouse/observability';
import { blobSettings, blobsService } from '../src';
import { CollectBlobs } from '../src/use-cases/collect-blobs';
import { Collections } from '../src/use-cases/collections';
import { Holdings } from '../src/use-cases/holdings';

jest.setTimeout(60_000);

const place = 'format:owner:name';
const actor = { accountId: newId(), login: 'root', tokenId: null, address: null, requestId: null };
const settings = Settings.load({ PACKHOUSE_BLOB_GRACE_MINUTES: '0' }, [blobSettings]);

let postgres: ScratchPostgres;
let folder: string;
let database: OpenServiceDatabase;
let store: DiskBlobStore;
let holdings: Holdings;
let told: unknown[];

function collectionsOn(blobs = store): Collections {
  const outbox = { record: async (...event: unknown[]) => void told.push(event[2]) } as unknown as Outbox;
  const collector = new CollectBlobs(database, blobs, settings, silentLogger);
  return new Collections(database, outbox, collector, silentLogger);
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
    for (let tries = 0; tries < 100 && (await isThere(unused)); tries += 1) await sleep(20);
    await sleep(200);
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

  it('16: leaves alone what somebody who may push was told of', async () => {
    const sha256 = await upload(randomBytes(100));
    const asked = { place, digests: [`sha256:${sha256}`], touch: true };
    expect((await holdings.find(asked)).blobs).toHaveLength(1);
    await collectionsOn().collect();
    expect(await isThere(sha256)).toBe(true);
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
});
