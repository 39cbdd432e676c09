import type { BlobStore } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { newId, sha256Hex } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import { blobsService } from '../src';
import { blobSettings } from '../src/blob-settings';
import { SweepUploadsJob } from '../src/jobs/sweep-uploads.job';
import { takeExpiredUploads, type UploadRef } from '../src/persistence/uploads';
import { Holdings } from '../src/use-cases/holdings';
import { Uploads } from '../src/use-cases/uploads';

jest.setTimeout(60_000);

const place = 'format:owner:name';
const accountId = newId();

let postgres: ScratchPostgres;
let database: OpenServiceDatabase;
let uploads: Uploads;

async function open(who: Partial<UploadRef> = {}): Promise<UploadRef> {
  const asked = { place, accountId, ...who };
  const { upload } = await uploads.open({ ...asked, maxOpen: 100 });
  return { id: upload.id, ...asked };
}

async function claim(ref: UploadRef) {
  const answer = await uploads.claim(ref);
  if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
  return answer;
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
  uploads = new Uploads(database, Settings.load({}, [blobSettings]));
});

afterEach(async () => {
  await database?.close();
});

describe('an upload session', () => {
  it('is known by its id to its account in its place, and to nobody else', async () => {
    const ref = await open();
    const found = { ...ref, received: 0, state: null };
    expect((await uploads.find(ref)).upload).toMatchObject(found);
    for (const wrong of [{ id: newId() }, { place: 'format:owner:other' }, { accountId: newId() }]) {
      expect(await uploads.find({ ...ref, ...wrong })).toEqual({ upload: null, isBusy: false });
      expect(await uploads.claim({ ...ref, ...wrong })).toEqual({ outcome: 'gone' });
      const close = uploads.close({ ...ref, ...wrong, claim: null, stored: null });
      expect(await close).toEqual({ upload: null });
    }
    expect((await uploads.find(ref)).upload).toMatchObject(found);
  });

  it('has one writer at a time, of fifty that come at once', async () => {
    const ref = await open();
    const answers = await Promise.all(Array.from({ length: 50 }, () => uploads.claim(ref)));
    expect(answers.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'busy')).toHaveLength(49);
  });

  it('remembers what its writer records, and is free once that one lets go', async () => {
    const ref = await open();
    const first = await claim(ref);
    expect(first.interrupted).toBe(false);
    const { id } = ref;
    const step = { id, claim: first.claim, received: 10, state: 'ten' };
    expect((await uploads.advance({ ...step, release: false })).upload).toMatchObject({ received: 10 });
    expect(await uploads.claim(ref)).toEqual({ outcome: 'busy' });
    expect((await uploads.find(ref)).isBusy).toBe(true);
    await uploads.advance({ ...step, received: 12, state: 'twelve', release: true });
    expect((await uploads.find(ref)).isBusy).toBe(false);
    const second = await claim(ref);
    expect(second).toMatchObject({ interrupted: false, upload: { received: 12, state: 'twelve' } });
    expect(await uploads.advance({ ...step, received: 99, release: true })).toEqual({ upload: null });
    expect((await uploads.find(ref)).upload).toMatchObject({ received: 12, state: 'twelve' });
  });

  it('goes to another writer when the first was silent for 15 seconds, who is told of it', async () => {
    const ref = await open();
    const first = await claim(ref);
    const pass = (seconds: number) =>
      database.query(`UPDATE upload SET claimed_until = claimed_until - $1 * interval '1 second'`, [seconds]);
    await pass(12);
    const { id } = ref;
    await uploads.advance({ id, claim: first.claim, received: 1, state: 'one', release: false });
    await pass(12);
    expect(await uploads.claim(ref)).toEqual({ outcome: 'busy' });
    await pass(3);
    expect(await claim(ref)).toMatchObject({ interrupted: true });
    const late = { id: ref.id, claim: first.claim, received: 5, state: 'late', release: true };
    expect(await uploads.advance(late)).toEqual({ upload: null });
  });

  it('is refused beyond the limit of an account in a place, also to many at once', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, () => uploads.open({ place, accountId, maxOpen: 3 })),
    );
    const made = attempts.filter(({ status }) => status === 'fulfilled');
    expect(made).toHaveLength(3);
    await expect(uploads.open({ place, accountId, maxOpen: 3 })).rejects.toMatchObject({
      code: 'rate_limited',
      details: { maxOpen: 3 },
    });
    await open({ place: 'format:owner:other' });
    await open({ accountId: newId() });
    await database.query(
      'DELETE FROM upload WHERE id = (SELECT min(id::text)::uuid FROM upload WHERE place = $1 AND account_id = $2)',
      [place, accountId],
    );
    await uploads.open({ place, accountId, maxOpen: 3 });
  });

  it('53: expires a day after the last bytes came, and is then found by nobody but the sweep', async () => {
    const idle = await open();
    const busy = await open();
    const { claim: mine } = await claim(busy);
    await database.query(`UPDATE upload SET expires_at = now() - interval '1 second'`);
    expect(await uploads.find(idle)).toEqual({ upload: null, isBusy: false });
    expect(await uploads.claim(idle)).toEqual({ outcome: 'gone' });
    const left = await takeExpiredUploads(database, 10);
    expect(left.map(({ id }) => id)).toEqual([idle.id]);
    const more = await uploads.advance({
      id: busy.id,
      claim: mine,
      received: 1,
      state: 'one',
      release: true,
    });
    const inADay = Date.now() + 24 * 3_600_000;
    expect(Math.abs(Date.parse(more.upload!.expiresAt) - inADay)).toBeLessThan(60_000);
    expect((await uploads.find(busy)).upload).not.toBeNull();
  });

  it('ends with its content held by its place', async () => {
    const ref = await open();
    const { claim: mine } = await claim(ref);
    const holdings = new Holdings(database);
    const sha256 = sha256Hex('content');
    const asked = { place, digests: [`sha256:${sha256}`], touch: true };
    await holdings.hold({ place, blobs: [{ size: 7, digests: { sha256 } }], stored: false });
    expect((await holdings.find(asked)).blobs).toEqual([]);
    await uploads.close({ ...ref, claim: mine, stored: sha256 });
    expect((await holdings.find(asked)).blobs).toHaveLength(1);
    expect(await uploads.find(ref)).toEqual({ upload: null, isBusy: false });
  });
});

describe('the sweep', () => {
  it('drops expired sessions with their bytes, also after one whose bytes cannot be dropped', async () => {
    const dropped: string[] = [];
    const store = {
      sweepUploads: async () => 0,
      dropUpload: async (state: string) => {
        if (state === 'bad') throw new Error('the disk is away');
        dropped.push(state);
      },
    } as unknown as BlobStore;
    for (const state of ['bad', 'first', null, 'second']) {
      const { id } = await open();
      await database.query('UPDATE upload SET state = $2 WHERE id = $1', [id, state]);
    }
    const kept = await open();
    await database.query(`UPDATE upload SET expires_at = now() - interval '1 second' WHERE id <> $1`, [
      kept.id,
    ]);
    const said: object[] = [];
    const logger = { ...silentLogger, info: (facts: object) => void said.push(facts) };
    await new SweepUploadsJob(database, store, logger).run();
    expect(dropped.sort()).toEqual(['first', 'second']);
    expect(said).toEqual([{ sessions: 4, others: 0 }]);
    expect((await uploads.find(kept)).upload).not.toBeNull();
  });
});
