import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DiskBlobStore, type StagedBlob } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import { blobsContract, metadataEvents, type MetadataClient } from '@packhouse/contracts';
import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { maintenanceController } from '@packhouse/jobs';
import { DomainError, newId, sha256Hex } from '@packhouse/kernel';
import type { Outbox } from '@packhouse/messaging';
import { silentLogger, type Logger } from '@packhouse/observability';
import { blobSettings, blobsService } from '../src';
import { BlobsController } from '../src/handlers/blobs.controller';
import { CollectionsController } from '../src/handlers/collections.controller';
import { HoldingsController } from '../src/handlers/holdings.controller';
import { UploadsController } from '../src/handlers/uploads.controller';
import { VersionEventsController } from '../src/handlers/version-events.controller';
import { CollectGarbageJob } from '../src/jobs/collect-garbage.job';
import { ExpireProvisionalLinksJob } from '../src/jobs/expire-provisional-links.job';
import { CollectBlobs } from '../src/use-cases/collect-blobs';
import { Collections } from '../src/use-cases/collections';
import { ConfirmVersions } from '../src/use-cases/confirm-versions';
import { DropLinks } from '../src/use-cases/drop-links';
import { FindBlob } from '../src/use-cases/find-blob';
import { GetUsage } from '../src/use-cases/get-usage';
import { LinkBlobs } from '../src/use-cases/link-blobs';
import { TakeInventory } from '../src/use-cases/take-inventory';

jest.setTimeout(60_000);

const packageId = newId();

/** The metadata service as far as the ledger asks it: versions by id with their files. */
class FakeMetadata {
  readonly versions = new Map<string, { files: { size: number; digests: { sha256: string } }[] }>();

  readonly client = {
    findLiveVersions: async ({ versionIds }: { versionIds: string[] }) => ({
      versionIds: versionIds.filter((id) => this.versions.has(id)),
    }),
    listFiles: async ({ versionId }: { versionId: string }) => ({
      files: this.versions.get(versionId)?.files ?? [],
    }),
  } as unknown as MetadataClient;
}

let postgres: ScratchPostgres;
let folder: string;
let database: OpenServiceDatabase;
let store: DiskBlobStore;
let metadata: FakeMetadata;
let ledger: BlobsController;
let events: VersionEventsController;

function settings(graceMinutes: number): Settings {
  return Settings.load({ PACKHOUSE_BLOB_GRACE_MINUTES: String(graceMinutes) }, [blobSettings]);
}

function collector(graceMinutes: number, blobs = store, logger: Logger = silentLogger): CollectGarbageJob {
  const silent = { record: async () => undefined } as unknown as Outbox;
  const terms = settings(graceMinutes);
  const collect = new CollectBlobs(database, blobs, terms, logger);
  const inventory = new TakeInventory(database, blobs, terms, logger);
  return new CollectGarbageJob(new Collections(database, silent, collect, inventory, logger), terms);
}

function expiry(graceMinutes: number): ExpireProvisionalLinksJob {
  return new ExpireProvisionalLinksJob(
    database,
    metadata.client,
    new DropLinks(database),
    settings(graceMinutes),
    silentLogger,
  );
}

async function stage(content: Buffer): Promise<StagedBlob> {
  const upload = await store.startUpload({ algorithms: ['sha1'], maxBytes: 1e9 });
  await upload.write(content);
  return upload.finish();
}

/** The store with another way to remove. */
function withRemove(remove: DiskBlobStore['remove']): DiskBlobStore {
  return Object.create(store, { remove: { value: remove } }) as DiskBlobStore;
}

/** The publish path up to, but not including, the commit of the version. */
async function linkAndPromote(
  content: Buffer,
  versionId = newId(),
): Promise<{ versionId: string; sha256: string }> {
  const staged = await stage(content);
  await ledger.linkBlobs({ versionId, blobs: [staged] });
  await store.promote(staged);
  return { versionId, sha256: staged.digests.sha256 };
}

function published(versionId: string) {
  const payload = {
    packageId,
    versionId,
    version: versionId,
    format: 'echo',
    ownerId: newId(),
    name: 'n',
    revision: 1,
    size: 1,
  };
  return {
    id: newId(),
    type: metadataEvents.versionPublished.type,
    source: 'metadata',
    occurredAt: '',
    actor: null,
    payload,
  };
}

async function listLinks(sha256: string): Promise<{ version_id: string; provisional: boolean }[]> {
  return database.query('SELECT version_id, provisional FROM link WHERE sha256 = $1', [sha256]);
}

async function makeOld(): Promise<void> {
  await database.query("UPDATE blob SET unlinked_at = unlinked_at - interval '2 hours'");
  await database.query("UPDATE link SET created_at = created_at - interval '2 hours'");
}

beforeAll(async () => {
  postgres = await startScratchPostgres();
});

afterAll(async () => {
  await postgres?.stop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packhouse-ledger-'));
  database = await openServiceDatabase({
    url: await postgres.createDatabase(),
    schema: blobsService.schema!,
    poolSize: 8,
    logger: silentLogger,
  });
  store = new DiskBlobStore(folder, { fsync: false, logger: silentLogger, cacheBytes: 10_000 });
  await store.prepare();
  metadata = new FakeMetadata();
  const drops = new DropLinks(database);
  ledger = new BlobsController(
    new LinkBlobs(database),
    drops,
    new FindBlob(database),
    new GetUsage(database),
  );
  events = new VersionEventsController(new ConfirmVersions(database, metadata.client, silentLogger), drops);
});

afterEach(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the ledger', () => {
  it('records content once, whatever refers to it, and merges the digests', async () => {
    const content = randomBytes(100);
    const sha256 = sha256Hex(content);
    await ledger.linkBlobs({ versionId: newId(), blobs: [{ size: 100, digests: { sha256, md5: 'aa' } }] });
    const twice = { size: 100, digests: { sha256, sha1: 'bb' } };
    await ledger.linkBlobs({ versionId: newId(), blobs: [twice, twice] });
    expect(await ledger.findBlob({ sha256 })).toEqual({
      blob: { size: 100, digests: { sha256, md5: 'aa', sha1: 'bb' } },
    });
    expect(await listLinks(sha256)).toHaveLength(2);
    expect(await ledger.findBlob({ sha256: sha256Hex('other') })).toEqual({ blob: null });
  });

  it('refuses the same digest with another size', async () => {
    const sha256 = sha256Hex('x');
    await ledger.linkBlobs({ versionId: newId(), blobs: [{ size: 1, digests: { sha256 } }] });
    const lie = ledger.linkBlobs({ versionId: newId(), blobs: [{ size: 2, digests: { sha256 } }] });
    await expect(lie).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('links 500 blobs in one message, also when two versions link the same ones in opposite order', async () => {
    const blobs = Array.from({ length: 500 }, (_, index) => ({
      size: index,
      digests: { sha256: sha256Hex(`blob ${index}`) },
    }));
    const reversed = [...blobs].reverse();
    await Promise.all(
      [blobs, reversed, blobs, reversed].map((set) => ledger.linkBlobs({ versionId: newId(), blobs: set })),
    );
    expect(await ledger.getUsage({})).toMatchObject({ blobs: 500, provisionalLinks: 2000, unlinkedBlobs: 0 });
  });

  it('makes links firm on publication, however often the event comes', async () => {
    const { versionId, sha256 } = await linkAndPromote(randomBytes(10));
    await events.confirmLinks([published(versionId)]);
    await events.confirmLinks([published(versionId)]);
    expect(await listLinks(sha256)).toEqual([{ version_id: versionId, provisional: false }]);
    await ledger.dropProvisionalLinks({ versionId });
    await ledger.linkBlobs({ versionId, blobs: [{ size: 10, digests: { sha256 } }] });
    expect(await listLinks(sha256)).toEqual([{ version_id: versionId, provisional: false }]);
  });

  it('lets go of a purged version, and a publication that is delivered again does not bring it back', async () => {
    const { versionId, sha256 } = await linkAndPromote(randomBytes(10));
    await events.confirmLinks([published(versionId)]);
    await events.dropLinks(published(versionId));
    await events.dropLinks(published(versionId));
    await events.confirmLinks([published(versionId)]);
    expect(await listLinks(sha256)).toEqual([]);
    expect(await ledger.getUsage({})).toEqual({
      blobs: 1,
      bytes: 10,
      unlinkedBlobs: 1,
      unlinkedBytes: 10,
      provisionalLinks: 0,
    });
  });

  it('links the files again of a version that was committed after its link had expired', async () => {
    const { versionId, sha256 } = await linkAndPromote(randomBytes(10));
    await makeOld();
    await expiry(60).run();
    expect(await listLinks(sha256)).toEqual([]);
    metadata.versions.set(versionId, { files: [{ size: 10, digests: { sha256 } }] });
    await events.confirmLinks([published(versionId)]);
    expect(await listLinks(sha256)).toEqual([{ version_id: versionId, provisional: false }]);
    await collector(0).run();
    expect(await store.stat(sha256)).toEqual({ size: 10 });
  });

  it('marks content as unused when the last two links go at the same moment', async () => {
    for (let round = 0; round < 20; round += 1) {
      const content = randomBytes(10);
      const versions = [await linkAndPromote(content), await linkAndPromote(content)];
      await Promise.all(versions.map(({ versionId }) => ledger.dropProvisionalLinks({ versionId })));
    }
    expect(await ledger.getUsage({})).toMatchObject({ blobs: 20, unlinkedBlobs: 20 });
  });

  it('answers exactly the operations of its contract', () => {
    expect(blobsService.contract).toBe(blobsContract);
    const controllers = [
      ...[BlobsController, CollectionsController, HoldingsController, UploadsController],
      maintenanceController(blobsContract),
    ];
    const methods = controllers.flatMap(({ prototype }) =>
      Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor'),
    );
    expect(methods.sort()).toEqual(Object.keys(blobsContract.operations).sort());
  });
});

describe('a publish that was killed', () => {
  it('after its upload leaves nothing once the uploads are swept', async () => {
    const { digests } = await stage(randomBytes(10));
    expect(await ledger.findBlob({ sha256: digests.sha256 })).toEqual({ blob: null });
    await store.sweepUploads(-1000);
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
  });

  it.each([
    ['after its link', false],
    ['after its promote', true],
  ])('%s is kept for the grace, then expires and is collected', async (_when, promoted) => {
    const staged = await stage(randomBytes(10));
    const { sha256 } = staged.digests;
    await ledger.linkBlobs({ versionId: newId(), blobs: [staged] });
    if (promoted) await store.promote(staged);
    await expiry(60).run();
    await collector(60).run();
    expect(await listLinks(sha256)).toHaveLength(1);
    await makeOld();
    await expiry(60).run();
    expect(await listLinks(sha256)).toEqual([]);
    await collector(60).run();
    expect(await ledger.findBlob({ sha256 })).not.toEqual({ blob: null });
    await makeOld();
    await collector(60).run();
    expect(await ledger.findBlob({ sha256 })).toEqual({ blob: null });
    expect(await store.stat(sha256)).toBeNull();
  });

  it('after its commit keeps its content even if the event never comes', async () => {
    const { versionId, sha256 } = await linkAndPromote(randomBytes(10));
    metadata.versions.set(versionId, { files: [] });
    await makeOld();
    await expiry(60).run();
    expect(await listLinks(sha256)).toEqual([{ version_id: versionId, provisional: false }]);
  });

  it('is settled also when more than one page of them wait', async () => {
    const blobs = [{ size: 1, digests: { sha256: sha256Hex('shared') } }];
    const versionIds = Array.from({ length: 1100 }, () => newId());
    for (const versionId of versionIds) await ledger.linkBlobs({ versionId, blobs });
    metadata.versions.set(versionIds[700]!, { files: [] });
    await makeOld();
    await expiry(60).run();
    expect(await listLinks(sha256Hex('shared'))).toEqual([
      { version_id: versionIds[700], provisional: false },
    ]);
  });
});

describe('the collector', () => {
  it('never lets one bad blob stop it, and finishes what a killed one began', async () => {
    const made = [];
    for (let count = 0; count < 5; count += 1) made.push(await linkAndPromote(randomBytes(10)));
    for (const { versionId } of made) await ledger.dropProvisionalLinks({ versionId });
    const [bad, halfDone] = made.map(({ sha256 }) => sha256);
    await store.remove(halfDone!);
    const failing = withRemove(async (sha256) => {
      if (sha256 === bad) throw new DomainError('storage_unavailable');
      await store.remove(sha256);
    });
    const said: object[] = [];
    const logger: Logger = { ...silentLogger, info: (facts) => void said.push(facts) };
    await collector(0, failing, logger).run();
    expect(said).toEqual([{ blobs: 4, bytes: 40, kept: 0, failed: 1, missing: 0 }]);
    expect(await ledger.getUsage({})).toMatchObject({ blobs: 1, unlinkedBlobs: 1 });
    await collector(0).run();
    expect(await ledger.getUsage({})).toMatchObject({ blobs: 0 });
  });

  it('believes the links, not the mark', async () => {
    const { sha256 } = await linkAndPromote(randomBytes(10));
    await database.query('UPDATE blob SET unlinked_at = now()');
    await collector(0).run();
    expect(await store.stat(sha256)).toEqual({ size: 10 });
    expect(await ledger.getUsage({})).toMatchObject({ unlinkedBlobs: 0 });
    await expect(database.query('DELETE FROM blob')).rejects.toThrow();
  });

  it('never takes the bytes of content that is published again while it works', async () => {
    const contents = Array.from({ length: 4 }, () => randomBytes(2000));
    // As slow as object storage: without the lock, a publish fits between the collector's look and its removal.
    const slow = withRemove(async (sha256) => {
      await setTimeout(5);
      await store.remove(sha256);
    });
    const kept = new Map<string, string>();
    let collecting = true;
    const collect = async (): Promise<void> => {
      while (collecting) await collector(0, slow).run();
    };
    const publish = async (): Promise<void> => {
      for (let round = 0; round < 60; round += 1) {
        const { versionId, sha256 } = await linkAndPromote(contents[round % contents.length]!);
        // From the answer of promote on, as long as the link stands, the bytes must be there.
        expect(await store.stat(sha256)).toEqual({ size: 2000 });
        if (round >= 56) kept.set(versionId, sha256);
        else await ledger.dropProvisionalLinks({ versionId });
      }
    };
    const collectors = [collect(), collect()];
    await Promise.all(Array.from({ length: 4 }, publish)).finally(() => (collecting = false));
    await Promise.all(collectors);
    expect(kept.size).toBe(16);
    for (const [versionId, sha256] of kept) {
      expect(await listLinks(sha256)).toContainEqual({ version_id: versionId, provisional: true });
      expect(await store.stat(sha256)).toEqual({ size: 2000 });
    }
  });
});
