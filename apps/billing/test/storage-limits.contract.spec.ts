import { setTimeout as sleep } from 'node:timers/promises';
import { Settings } from '@packhouse/config';
import {
  authEvents,
  billingEvents,
  factKey,
  metadataEvents,
  type AuthClient,
  type EventEnvelope,
  type StoredContent,
} from '@packhouse/contracts';
import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { newId, sha256Hex } from '@packhouse/kernel';
import { InProcessInvalidations, type Outbox } from '@packhouse/messaging';
import { silentLogger } from '@packhouse/observability';
import { billingService } from '../src';
import { billingSettings } from '../src/billing-settings';
import { EventsController } from '../src/handlers/events.controller';
import { LimitsController } from '../src/handlers/limits.controller';
import { ReservationsController } from '../src/handlers/reservations.controller';
import { ExpireReservationsJob } from '../src/jobs/expire-reservations.job';
import { ReserveStorage } from '../src/use-cases/reserve-storage';
import { SettleContents } from '../src/use-cases/settle-contents';
import { StorageLimits } from '../src/use-cases/storage-limits';
import { StorageMeter } from '../src/use-cases/storage-meter';
import { FakeMetadata } from './support/fake-metadata';

jest.setTimeout(60_000);

const actor = { accountId: newId(), login: 'root', tokenId: null, address: null, requestId: null };

let postgres: ScratchPostgres;
let database: OpenServiceDatabase;
let metadata: FakeMetadata;
let limits: LimitsController;
let reservations: ReservationsController;
let events: EventsController;
let told: Array<{ event: unknown; payload: unknown }>;
let announced: string[];
let owner: string;
let moved: () => Promise<void>;

function content(name: string, size: number): StoredContent {
  return { sha256: sha256Hex(name), size };
}

/** A version of the owner has these from now on. */
function publish(...contents: readonly StoredContent[]): void {
  for (const { sha256, size } of contents) metadata.of(owner).set(sha256, size);
}

function remove(...contents: readonly StoredContent[]): void {
  for (const { sha256 } of contents) metadata.of(owner).delete(sha256);
}

/** The event of a publish arrives. */
async function hear(type = metadataEvents.versionPublished.type as string): Promise<void> {
  const envelope = { id: newId(), type, payload: { ownerId: owner } } as EventEnvelope;
  await events.settle([envelope] as Parameters<EventsController['settle']>[0]);
}

const limit = (bytes: number | null) => limits.setStorageLimit({ ownerId: owner, bytes, actor });
const upload = (key: string, bytes: number, endIfRefused = false) =>
  reservations.reserveStorage({ ownerId: owner, key, bytes, endIfRefused });
const use = (contents: StoredContent[], key: string | null = null) =>
  reservations.reserveContents({ ownerId: owner, key, contents });
const release = (key: string) => reservations.releaseStorage({ ownerId: owner, key });
const storage = async () => {
  const { used, reserved } = await limits.getStorage({ ownerId: owner });
  return { used, reserved };
};
const refused = { code: 'quota_exceeded' };

async function countRows(): Promise<number> {
  const [row] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM reservation');
  return row!.count;
}

async function age(hours: number): Promise<void> {
  await database.query(
    `UPDATE reservation SET reserved_at = reserved_at - $1 * interval '1 hour', expires_at = expires_at - $1 * interval '1 hour'`,
    [hours],
  );
}

beforeAll(async () => {
  postgres = await startScratchPostgres();
  database = await openServiceDatabase({
    url: await postgres.createDatabase(),
    schema: billingService.schema!,
    poolSize: 8,
    logger: silentLogger,
  });
});

afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

beforeEach(async () => {
  await database.query('DELETE FROM storage_limit');
  [owner, told, announced, metadata] = [newId(), [], [], new FakeMetadata()];
  const outbox = {
    record: async (_manager: unknown, event: unknown, payload: unknown) => void told.push({ event, payload }),
  } as unknown as Outbox;
  const invalidations = new InProcessInvalidations(silentLogger);
  invalidations.subscribe((keys) => void announced.push(...keys));
  const auth = {
    getAccounts: async ({ ids }: { ids: string[] }) => ({
      accounts: ids[0] === owner ? [{ login: 'acme' }] : [],
    }),
  } as unknown as AuthClient;
  const meter = new StorageMeter(metadata.client);
  const storageLimits = new StorageLimits(database, outbox, invalidations, meter);
  limits = new LimitsController(storageLimits);
  reservations = new ReservationsController(
    new ReserveStorage(database, meter, auth, Settings.load({}, [billingSettings]), invalidations),
  );
  moved = () => invalidations.announce([factKey.packages(owner)]);
  events = new EventsController(new SettleContents(database, meter), storageLimits);
});

describe('an owner without a limit', () => {
  it('is asked nothing and has nothing reserved', async () => {
    await upload('one', 5e12);
    await use([content('layer', 5e12)], 'one');
    await release('one');
    await hear();
    expect(await countRows()).toBe(0);
    expect(metadata.asked).toBe(0);
    expect(await limits.findStorageLimit({ ownerId: owner })).toEqual({ bytes: null });
    publish(content('layer', 70));
    expect(await limits.getStorage({ ownerId: owner })).toEqual({ limit: null, used: 70, reserved: 0 });
  });
});

describe('a limit', () => {
  it('is told of, with the one before, and announced when it changes', async () => {
    for (const bytes of [100, 100, 0, null, null]) await limit(bytes);
    const event = billingEvents.storageLimitSet;
    expect(told).toEqual([
      { event, payload: { ownerId: owner, bytes: 100, oldBytes: null } },
      { event, payload: { ownerId: owner, bytes: 0, oldBytes: 100 } },
      { event, payload: { ownerId: owner, bytes: null, oldBytes: 0 } },
    ]);
    expect(announced).toEqual(Array(3).fill(`storage-limit:${owner}`));
  });

  it('takes what is reserved along when it is lifted, and with its owner', async () => {
    await limit(100);
    await upload('one', 60);
    await limit(null);
    expect(await countRows()).toBe(0);
    await limit(100);
    await upload('one', 60);
    const payload = { accountId: owner, login: 'acme', kind: 'organization' };
    const gone = { id: newId(), type: authEvents.accountDeleted.type, payload };
    await events.drop(gone as Parameters<EventsController['drop']>[0]);
    expect(await countRows()).toBe(0);
    expect(await limits.findStorageLimit({ ownerId: owner })).toEqual({ bytes: null });
  });

  it('of one owner is nothing to others', async () => {
    await limit(100);
    await upload('one', 100);
    owner = newId();
    await limit(100);
    await upload('one', 100);
    expect(await storage()).toEqual({ used: 0, reserved: 100 });
  });

  it('that is below what is used refuses only what would add to it', async () => {
    const [had, fresh] = [content('had', 80), content('fresh', 1)];
    publish(had);
    await limit(100);
    await upload('one', 20);
    await limit(50);
    await use([had]);
    await upload('one', 20);
    await upload('one', 5);
    await expect(upload('one', 21)).rejects.toMatchObject(refused);
    await expect(use([fresh])).rejects.toMatchObject(refused);
    // In place of an upload that was promised as much.
    await use([content('came', 20)], 'one');
    expect(await storage()).toEqual({ used: 80, reserved: 20 });
  });

  it('says in a refusal what it is, what is used and reserved, and how to go on', async () => {
    publish(content('had', 930e6));
    await limit(1e9);
    await upload('one', 40e6);
    await expect(upload('two', 200e6)).rejects.toThrow(
      'acme may store 1 GB; 930 MB are used and 40 MB reserved by uploads under way, so 200 MB more do not fit (1 GB is 10^9 bytes). Delete versions',
    );
  });
});

describe('what is reserved for an upload', () => {
  it('grows, is never counted twice and never shrinks', async () => {
    await limit(100);
    for (const bytes of [10, 40, 40, 30, 100]) await upload('one', bytes);
    expect(await storage()).toEqual({ used: 0, reserved: 100 });
    expect(await countRows()).toBe(1);
  });

  it('grows without a look at the versions each time, until it does not seem to fit', async () => {
    await limit(100);
    for (const bytes of [10, 20, 30, 40]) await upload('one', bytes);
    expect(metadata.asked).toBe(1);
    const layer = content('layer', 60);
    await use([layer]);
    publish(layer);
    await hear();
    await expect(upload('one', 41)).rejects.toMatchObject(refused);
    remove(layer);
    await upload('one', 90);
    publish(content('came with its package', 5));
    await moved();
    await expect(upload('one', 96)).rejects.toMatchObject(refused);
    await upload('one', 95);
  });

  it('stays as it was when it may not grow', async () => {
    await limit(100);
    await upload('one', 60);
    await upload('two', 30);
    await expect(upload('one', 71)).rejects.toMatchObject(refused);
    expect(await storage()).toEqual({ used: 0, reserved: 90 });
    await upload('one', 70);
  });

  it('is free for the next who asks when an upload that ends with it is refused, so that one of many fits', async () => {
    await limit(100);
    for (const key of ['one', 'two', 'three']) await upload(key, 30);
    const grown = await Promise.allSettled(['one', 'two', 'three'].map((key) => upload(key, 50, true)));
    expect(grown.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(await storage()).toEqual({ used: 0, reserved: 100 });
  });

  it('is free again when it is released, and when an hour went by', async () => {
    await limit(100);
    await upload('one', 100);
    await release('one');
    await upload('two', 100);
    await age(0.9);
    await upload('two', 1);
    await age(0.9);
    await expect(upload('three', 1)).rejects.toMatchObject(refused);
    await age(0.2);
    await upload('three', 100);
  });

  it('does not let many at once pass the limit together', async () => {
    await limit(100);
    metadata.meanwhile = () => sleep(Math.random() * 20);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => upload(`key-${n}`, 30)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await storage()).toEqual({ used: 0, reserved: 90 });
  });
});

describe('contents that a version will use', () => {
  const [layer, other] = [content('layer', 60), content('other', 40)];

  it('add nothing where the owner has them or they are reserved', async () => {
    await limit(100);
    publish(layer);
    await use([layer, other]);
    await use([other, layer, other], 'again');
    expect(await storage()).toEqual({ used: 60, reserved: 40 });
    await expect(use([layer, content('third', 1)])).rejects.toMatchObject(refused);
  });

  it('take the place of what was reserved for their upload', async () => {
    await limit(100);
    await upload('one', 100);
    await expect(use([layer])).rejects.toMatchObject(refused);
    await use([layer], 'one');
    expect(await storage()).toEqual({ used: 0, reserved: 60 });
    await upload('one', 40);
    expect(await storage()).toEqual({ used: 0, reserved: 100 });
  });

  it('are not let past the limit many at once, however they overlap', async () => {
    await limit(100);
    metadata.meanwhile = () => sleep(Math.random() * 20);
    const shared = content('shared', 10);
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => use([shared, content(`own-${n}`, 30)])),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await storage()).toEqual({ used: 0, reserved: 100 });
  });

  it('end with their key when their publish failed, or a day later', async () => {
    await limit(100);
    await use([layer], 'one');
    await use([other]);
    await release('one');
    expect(await storage()).toEqual({ used: 0, reserved: 40 });
    await age(23);
    await use([layer]);
    await age(1.5);
    expect(await storage()).toEqual({ used: 0, reserved: 60 });
    await new ExpireReservationsJob(database, silentLogger).run();
    expect(await countRows()).toBe(1);
  });

  it('are counted once before, at and after the publish, and not any more once they are deleted', async () => {
    await limit(101);
    await use([layer, other]);
    expect(await storage()).toEqual({ used: 0, reserved: 100 });
    publish(layer, other);
    await upload('small', 1);
    await release('small');
    expect(await storage()).toEqual({ used: 100, reserved: 0 });
    await hear();
    expect(await storage()).toEqual({ used: 100, reserved: 0 });
    await expect(upload('one', 2)).rejects.toMatchObject(refused);
    remove(other);
    expect(await storage()).toEqual({ used: 60, reserved: 0 });
    await upload('one', 40);
  });

  it('that were deleted, uploaded again and restored by a publish are not reserved either', async () => {
    await limit(100);
    await use([layer]);
    publish(layer);
    await hear(metadataEvents.versionRestored.type);
    remove(layer);
    expect(await storage()).toEqual({ used: 0, reserved: 0 });
  });

  it('stay reserved when word of an older publish comes late', async () => {
    await limit(100);
    publish(layer);
    remove(layer);
    await use([layer]);
    await hear();
    expect(await storage()).toEqual({ used: 0, reserved: 60 });
  });

  it('count although they were published between the look at the versions and the decision', async () => {
    await limit(100);
    let isFirst = true;
    metadata.meanwhile = async () => {
      if (!isFirst) return;
      isFirst = false;
      await use([layer, other]);
      publish(layer, other);
      await hear();
    };
    await expect(upload('late', 1)).rejects.toMatchObject(refused);
    expect(await storage()).toEqual({ used: 100, reserved: 0 });
  });

  it('count although something restored them in between and gave its room back', async () => {
    await limit(100);
    let isFirst = true;
    metadata.meanwhile = async () => {
      if (!isFirst) return;
      isFirst = false;
      await upload('restore', 100);
      publish(layer, other);
      await release('restore');
    };
    await expect(use([content('late', 1)])).rejects.toMatchObject(refused);
  });

  it('that were given up in between refuse nothing', async () => {
    await limit(100);
    await use([layer, other], 'one');
    let isFirst = true;
    metadata.meanwhile = async () => {
      if (isFirst) await release('one');
      isFirst = false;
    };
    await use([content('large', 100)]);
    expect(await storage()).toEqual({ used: 0, reserved: 100 });
  });

  it('are measured in parts where they are very many', async () => {
    await limit(20_000);
    await database.query(
      `INSERT INTO reservation (owner_id, key, sha256, bytes, reserved_at, expires_at)
       SELECT $1, '', encode(sha256(n::text::bytea), 'hex'), 1, now(), now() + interval '1 hour' FROM generate_series(1, 12000) n`,
      [owner],
    );
    await use([content('layer', 8000)]);
    await expect(upload('one', 1)).rejects.toMatchObject(refused);
    expect(await storage()).toEqual({ used: 0, reserved: 20_000 });
  });
});
