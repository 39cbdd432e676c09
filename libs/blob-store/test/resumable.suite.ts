import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DAY, sha256Hex, type DigestAlgorithm } from '@packhouse/kernel';
import type { BlobStore, ResumableUpload, StagedBlob, UploadState } from '../src';
import { read, type BlobStoreHarness } from './blob-store.suite';

const MIB = 1024 * 1024;
/** Older than any pause that a ledger allows, whatever the resolution of the storage's clock. */
const EVERYTHING = -9 * DAY;

/** The promises on uploads over several requests that every implementation of BlobStore keeps. */
export function describeResumableUploads(getHarness: () => BlobStoreHarness): void {
  describe('uploads over several requests', () => describeAll(getHarness));
}

function describeAll(getHarness: () => BlobStoreHarness): void {
  const store = (): BlobStore => getHarness().store;
  const other = (): BlobStore => getHarness().other;

  /** Rests are dropped behind the caller's back. */
  async function expectNothingLeft(): Promise<void> {
    for (let attempt = 1; attempt < 20 && (await getHarness().listUploads()).length > 0; attempt += 1)
      await setTimeout(50);
    expect(await getHarness().listUploads()).toEqual([]);
  }

  // What tests of crashes leave behind.
  afterEach(() => other().sweepUploads(EVERYTHING));

  function open(
    one: BlobStore,
    state: UploadState | null,
    more: { algorithms?: DigestAlgorithm[]; maxBytes?: number; interrupted?: boolean } = {},
  ): Promise<ResumableUpload> {
    return one.resumeUpload({ state, interrupted: false, algorithms: [], maxBytes: 1e9, ...more });
  }

  async function write(upload: ResumableUpload, content: Uint8Array): Promise<void> {
    for (let at = 0; at < content.length; at += 300_007)
      await upload.write(content.subarray(at, at + 300_007));
  }

  async function append(
    one: BlobStore,
    state: UploadState | null,
    content: Uint8Array,
  ): Promise<UploadState> {
    const upload = await open(one, state);
    await write(upload, content);
    return (await upload.pause()).state;
  }

  async function expectStored(one: BlobStore, staged: StagedBlob, content: Uint8Array): Promise<void> {
    expect(staged).toMatchObject({ size: content.length, digests: { sha256: sha256Hex(content) } });
    await one.promote(staged);
    const stored = await read(other(), staged.digests.sha256);
    expect(sha256Hex(stored)).toBe(sha256Hex(content));
    await one.remove(staged.digests.sha256);
  }

  describe.each([0, 1, 100_000, 5 * MIB, 5 * MIB + 1, 21 * MIB + 1])('an upload of %d bytes', (size) => {
    it('comes back whole when its bytes come with the request that ends it', async () => {
      const content = randomBytes(size);
      const upload = await open(store(), null, { algorithms: ['sha512'] });
      await write(upload, content);
      const staged = await upload.finish(['sha512']);
      expect(staged.digests.sha512).toBe(createHash('sha512').update(content).digest('hex'));
      await expectStored(store(), staged, content);
      await expectNothingLeft();
    });

    it('comes back whole when it is ended by a request of its own, here or elsewhere', async () => {
      for (const last of [store(), other()]) {
        const content = randomBytes(size);
        const state = await append(store(), null, content);
        const upload = await open(last, state);
        expect(upload.received).toBe(size);
        const staged = await upload.finish(['sha512']);
        expect(staged.digests.sha512).toBe(createHash('sha512').update(content).digest('hex'));
        await expectStored(last, staged, content);
      }
      await expectNothingLeft();
    });
  });

  it.each([[[1]], [[70_001, 2 * MIB]], [[6 * MIB, 5, 17 * MIB]]])(
    'takes pieces of %p bytes from two processes in turns',
    async (sizes) => {
      const pieces = Array.from({ length: 5 }, (_, index) => randomBytes(sizes[index % sizes.length]!));
      let state: UploadState | null = null;
      for (const [index, piece] of pieces.entries())
        state = await append(index % 2 === 0 ? store() : other(), state, piece);
      const content = Buffer.concat(pieces);
      const upload = await open(store(), state);
      await expectStored(store(), await upload.finish(), content);
    },
  );

  it('counts what no state speaks of as never received', async () => {
    const [first, lost, second] = [randomBytes(7 * MIB), randomBytes(8 * MIB), randomBytes(9 * MIB)];
    const state = await append(store(), null, first);
    // Its answer is never recorded: the process was killed after the bytes were durable.
    await append(store(), state, lost);
    const upload = await open(other(), state, { interrupted: true });
    expect(upload.received).toBe(first.length);
    await write(upload, second);
    await expectStored(other(), await upload.finish(), Buffer.concat([first, second]));
  });

  it('cannot be disturbed by a writer that was cut off and does not know it', async () => {
    const [first, late, second] = [randomBytes(400_000), randomBytes(3 * MIB), randomBytes(2 * MIB)];
    const state = await append(store(), null, first);
    const zombie = await open(store(), state);
    await write(zombie, late.subarray(0, MIB));
    const upload = await open(other(), state, { interrupted: true });
    await write(upload, second);
    await write(zombie, late.subarray(MIB));
    await zombie.pause();
    const staged = await upload.finish();
    await expectStored(other(), staged, Buffer.concat([first, second]));
  });

  it('keeps what was durable when an append is aborted, or too large', async () => {
    const [first, second] = [randomBytes(6 * MIB), randomBytes(6 * MIB)];
    const state = await append(store(), null, first);
    const aborted = await open(store(), state);
    await write(aborted, randomBytes(7 * MIB));
    await aborted.abort();
    await expect(aborted.write(first)).rejects.toThrow('already ended');
    const large = await open(store(), state, { maxBytes: 13 * MIB });
    await write(large, randomBytes(7 * MIB));
    await expect(large.write(randomBytes(1))).rejects.toMatchObject({ code: 'payload_too_large' });
    const upload = await open(store(), state);
    await write(upload, second);
    await expectStored(store(), await upload.finish(), Buffer.concat([first, second]));
  });

  it('leaves nothing of a first append that is aborted, and of an upload that is dropped', async () => {
    const upload = await open(store(), null);
    await write(upload, randomBytes(22 * MIB));
    await upload.abort();
    await expectNothingLeft();
    const one = await append(store(), null, randomBytes(1000));
    const two = await append(other(), one, randomBytes(6 * MIB));
    await other().dropUpload(two);
    await other().dropUpload(two);
    await expectNothingLeft();
    await expect(open(store(), two).then((gone) => gone.finish())).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('leaves nothing of a finished upload that is discarded', async () => {
    for (const size of [1000, 22 * MIB]) {
      const upload = await open(store(), await append(store(), null, randomBytes(size)));
      await store().discard(await upload.finish());
    }
    await expectNothingLeft();
  });

  it('may pause for a week: only what is older is swept', async () => {
    await append(store(), null, randomBytes(22 * MIB));
    expect(await other().sweepUploads(-1 * DAY)).toBe(0);
    expect(await other().sweepUploads(EVERYTHING)).toBeGreaterThan(0);
    await expectNothingLeft();
  });

  it('takes 200 MB in many requests without holding it in memory', async () => {
    const chunk = randomBytes(64 * 1024);
    const expected = createHash('sha256');
    const before = process.memoryUsage().rss;
    let peak = before;
    let state: UploadState | null = null;
    for (let request = 0; request < 20; request += 1) {
      const upload = await open(store(), state);
      for (let count = 0; count < 160; count += 1) {
        chunk.writeUInt32LE(request * 1000 + count);
        expected.update(chunk);
        await upload.write(chunk);
      }
      state = (await upload.pause()).state;
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    const upload = await open(store(), state);
    const staged = await upload.finish();
    await store().promote(staged);
    expect(staged.digests.sha256).toBe(expected.digest('hex'));
    expect(peak - before).toBeLessThan(getHarness().growthLimit);
    await store().remove(staged.digests.sha256);
  });
}
