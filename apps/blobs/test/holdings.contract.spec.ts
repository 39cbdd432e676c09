import { blobsService } from '../src';
import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { Settings } from '@packhouse/config';
import { newId, sha256Hex } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import { createHash } from 'node:crypto';
import { blobSettings } from '../src/blob-settings';
import { ExpireHoldingsJob } from '../src/jobs/expire-holdings.job';
import { DropLinks } from '../src/use-cases/drop-links';
import { GetUsage } from '../src/use-cases/get-usage';
import { Holdings } from '../src/use-cases/holdings';
import { LinkBlobs } from '../src/use-cases/link-blobs';
import { confirmLinks } from '../src/persistence/links';

jest.setTimeout(60_000);

const here = 'format:owner:here';
const there = 'format:owner:there';

let postgres: ScratchPostgres;
let database: OpenServiceDatabase;
let holdings: Holdings;
let expiry: ExpireHoldingsJob;

function blob(text: string) {
  const sha512 = createHash('sha512').update(text).digest('hex');
  return { size: text.length, digests: { sha256: sha256Hex(text), sha512 } };
}

const digestOf = (text: string): string => `sha256:${sha256Hex(text)}`;

async function hold(place: string, text: string, stored = true): Promise<void> {
  await holdings.hold({ place, blobs: [blob(text)], stored });
}

async function findHeld(place: string, text: string, touch = false): Promise<boolean> {
  return (await holdings.find({ place, digests: [digestOf(text)], touch })).blobs.length === 1;
}

async function age(hours: number): Promise<void> {
  await database.query(`UPDATE holding SET touched_at = touched_at - $1 * interval '1 hour'`, [hours]);
}

async function isUnused(text: string): Promise<boolean> {
  const [row] = await database.query<{ unused: boolean }>(
    'SELECT unlinked_at IS NOT NULL AS unused FROM blob WHERE sha256 = $1',
    [sha256Hex(text)],
  );
  return row!.unused;
}

beforeAll(async () => {
  postgres = await startScratchPostgres();
});

afterAll(async () => {
  await postgres?.stop();
});

beforeEach(async () => {
  database = await openServiceDatabase({
    url: await postgres.createDatabase(),
    schema: blobsService.schema!,
    poolSize: 8,
    logger: silentLogger,
  });
  holdings = new Holdings(database);
  expiry = new ExpireHoldingsJob(database, Settings.load({}, [blobSettings]), silentLogger);
});

afterEach(async () => {
  await database?.close();
});

describe('what a place holds', () => {
  it('is found there by either digest, and nowhere else', async () => {
    await hold(here, 'layer');
    const { digests } = blob('layer');
    for (const digest of [`sha256:${digests.sha256}`, `sha512:${digests.sha512}`]) {
      const asked = { digests: [digest, digestOf('other')], touch: false };
      expect(await holdings.find({ place: here, ...asked })).toEqual({ blobs: [blob('layer')] });
      expect(await holdings.find({ place: there, ...asked })).toEqual({ blobs: [] });
    }
  });

  it('is found only once its bytes have their address', async () => {
    await hold(here, 'layer', false);
    expect(await findHeld(here, 'layer', true)).toBe(false);
    expect(await isUnused('layer')).toBe(false);
    await hold(here, 'layer', true);
    expect(await findHeld(here, 'layer')).toBe(true);
    await hold(here, 'layer', false);
    expect(await findHeld(here, 'layer')).toBe(true);
  });

  it('goes a day after it was last touched, and then the content is unused', async () => {
    await hold(here, 'told');
    await hold(here, 'forgotten');
    await age(20);
    expect(await findHeld(here, 'told', true)).toBe(true);
    expect(await findHeld(here, 'forgotten')).toBe(true);
    await age(5);
    await expiry.run();
    expect(await findHeld(here, 'told')).toBe(true);
    expect(await findHeld(here, 'forgotten')).toBe(false);
    expect([await isUnused('told'), await isUnused('forgotten')]).toEqual([false, true]);
  });

  it('is written at most once a minute when it is touched', async () => {
    await hold(here, 'layer');
    const read = () => database.query<{ xmin: string }>('SELECT xmin::text FROM holding');
    const before = await read();
    await findHeld(here, 'layer', true);
    expect(await read()).toEqual(before);
    await age(1);
    await findHeld(here, 'layer', true);
    const touched = await read();
    await findHeld(here, 'layer', true);
    expect(await read()).toEqual(touched);
  });

  it('is not told of when its expiry was quicker than the touch', async () => {
    await hold(here, 'layer');
    await age(30);
    let answer: Promise<boolean> | undefined;
    await database.transaction(async (manager) => {
      await manager.query('DELETE FROM holding');
      answer = findHeld(here, 'layer', true);
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    expect(await answer).toBe(false);
  });

  it('is kept as long as any place holds it or any version uses it', async () => {
    await hold(here, 'layer');
    await hold(there, 'layer');
    const versionId = newId();
    await new LinkBlobs(database).run({ versionId, blobs: [blob('layer')] });
    expect(await holdings.drop({ place: here, sha256: sha256Hex('layer') })).toEqual({ dropped: true });
    expect(await holdings.drop({ place: here, sha256: sha256Hex('layer') })).toEqual({ dropped: false });
    expect(await isUnused('layer')).toBe(false);
    await new DropLinks(database).dropAll(versionId);
    expect(await isUnused('layer')).toBe(false);
    await holdings.drop({ place: there, sha256: sha256Hex('layer') });
    expect(await isUnused('layer')).toBe(true);
    await hold(here, 'layer');
    expect(await isUnused('layer')).toBe(false);
  });

  it('expires in many rows without leaving any, though one of them is wanted again', async () => {
    const texts = Array.from({ length: 1099 }, (_, index) => `layer ${index}`);
    await holdings.hold({ place: here, blobs: texts.map(blob), stored: true });
    await age(30);
    await hold(here, 'layer 7');
    await expiry.run();
    expect(await new GetUsage(database).run()).toMatchObject({ blobs: 1099, unlinkedBlobs: 1098 });
  });
});

describe('a mount', () => {
  const digests = [digestOf('layer')];

  it('takes over what the other place holds, and nothing that it does not', async () => {
    await hold(there, 'layer');
    expect(await holdings.mount({ place: here, from: 'format:owner:nowhere', digests })).toEqual({
      blobs: [],
    });
    expect(await findHeld(here, 'layer')).toBe(false);
    expect(await holdings.mount({ place: here, from: there, digests })).toEqual({ blobs: [blob('layer')] });
    await holdings.drop({ place: there, sha256: sha256Hex('layer') });
    expect(await findHeld(here, 'layer')).toBe(true);
    expect(await isUnused('layer')).toBe(false);
  });

  it('without a place takes what a published version has, but nothing that is only on its way', async () => {
    const versionId = newId();
    await new LinkBlobs(database).run({ versionId, blobs: [blob('layer')] });
    await hold(there, 'layer', false);
    expect(await holdings.mount({ place: here, from: null, digests })).toEqual({ blobs: [] });
    await confirmLinks(database, [versionId]);
    expect(await holdings.mount({ place: here, from: null, digests })).toEqual({ blobs: [blob('layer')] });
  });

  it('while the last holding goes either keeps the content or tells that it is not there', async () => {
    const outcomes = new Set<boolean>();
    for (let round = 0; round < 40; round += 1) {
      const text = `round ${round}`;
      await hold(there, text);
      const mount = () => holdings.mount({ place: here, from: there, digests: [digestOf(text)] });
      const drop = () => holdings.drop({ place: there, sha256: sha256Hex(text) });
      const first = round % 2 === 0 ? [mount(), drop()] : [drop(), mount()].reverse();
      const [mounted] = (await Promise.all(first)) as [Awaited<ReturnType<typeof mount>>, unknown];
      const succeeded = mounted.blobs.length === 1;
      outcomes.add(succeeded);
      expect(await findHeld(here, text)).toBe(succeeded);
      expect(await isUnused(text)).toBe(!succeeded);
    }
    expect(outcomes.size).toBeGreaterThan(0);
  });
});
