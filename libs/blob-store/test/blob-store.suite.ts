import { createHash, randomBytes } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { BlobStore, BlobUpload, InventoryPage, StagedBlob } from '../src';
import { sha256Hex } from '@packhouse/kernel';

const MIB = 1024 * 1024;
/** Younger than "now": everything counts as old, whatever the resolution of the storage's clock. */
const EVERYTHING = -5_000;

/** One implementation under test. */
export interface BlobStoreHarness {
  readonly store: BlobStore;
  /** A second store over the same storage, as another process would have it. */
  readonly other: BlobStore;
  /** Names of uploads that are in the storage. */
  listUploads(): Promise<string[]>;
  /** By how many bytes this process may grow while it takes 200 MB. */
  readonly growthLimit: number;
}

export async function stage(
  store: BlobStore,
  content: Uint8Array,
  options: Partial<Parameters<BlobStore['startUpload']>[0]> = {},
): Promise<StagedBlob> {
  const upload = await store.startUpload({ algorithms: [], maxBytes: 1e9, ...options });
  for (let at = 0; at < content.length; at += 70_001) await upload.write(content.subarray(at, at + 70_001));
  return upload.finish();
}

export async function keep(store: BlobStore, content: Uint8Array): Promise<string> {
  const staged = await stage(store, content);
  await store.promote(staged);
  return staged.digests.sha256;
}

/** All pages of an inventory. */
export async function takeInventory(store: BlobStore): Promise<InventoryPage[]> {
  const pages: InventoryPage[] = [];
  for await (const page of store.takeInventory()) pages.push(page);
  return pages;
}

/** The bytes of a blob, or of a range of it, as a reader gets them that takes its time over each piece. */
export async function read(store: BlobStore, sha256: string, start?: number, end?: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await store.copyTo(sha256, start === undefined ? undefined : { start, end: end! }, async (piece) => {
    await setImmediate();
    pieces.push(Buffer.from(piece));
  });
  return Buffer.concat(pieces);
}

/** Nothing may come where there is nothing to read. */
const takeNothing = (piece: Buffer): Promise<void> => Promise.reject(new Error(`${piece.length} bytes came`));

/** The promises that every implementation of BlobStore keeps. */
export function describeBlobStore(getHarness: () => BlobStoreHarness): void {
  const store = (): BlobStore => getHarness().store;
  const leftovers = (): Promise<string[]> => getHarness().listUploads();

  describe.each([
    ['an empty blob', 0],
    ['a blob of one byte', 1],
    ['a small blob', 100_000],
    ['a blob above the size kept in memory', 200_000],
    ['a blob of several buffers', 3 * MIB + 17],
    ['a blob of exactly one part', 5 * MIB],
    ['a blob of one part and a byte', 5 * MIB + 1],
    ['a blob of exactly two parts', 10 * MIB],
    ['a blob of two parts and a byte', 10 * MIB + 1],
  ])('%s', (_name, size) => {
    it('comes back whole, with every digest that was asked for', async () => {
      const content = randomBytes(size);
      const staged = await stage(store(), content, { algorithms: ['md5', 'sha1', 'sha512'] });
      expect(staged.size).toBe(size);
      for (const name of ['md5', 'sha1', 'sha256', 'sha512'] as const) {
        expect(staged.digests[name]).toBe(createHash(name).update(content).digest('hex'));
      }
      await store().promote(staged);
      const { sha256 } = staged.digests;
      expect(await store().stat(sha256)).toEqual({ size });
      expect((await read(getHarness().other, sha256)).equals(content)).toBe(true);
      expect((await getHarness().other.readAll(sha256)).equals(content)).toBe(true);
      expect((await read(store(), sha256)).equals(content)).toBe(true);
      expect(await leftovers()).toEqual([]);
    });
  });

  it.each([90_000, 2 * MIB])('serves ranges of a blob of %d bytes', async (size) => {
    const content = randomBytes(size);
    const sha256 = await keep(store(), content);
    for (const warm of [false, true]) {
      if (warm) await store().readAll(sha256);
      expect((await read(store(), sha256, 0, 0)).equals(content.subarray(0, 1))).toBe(true);
      expect((await read(store(), sha256, 1000, 1999)).equals(content.subarray(1000, 2000))).toBe(true);
      expect((await read(store(), sha256, size - 1, size - 1)).equals(content.subarray(size - 1))).toBe(true);
      expect((await read(store(), sha256, size - 10, size + 1000)).equals(content.subarray(size - 10))).toBe(
        true,
      );
      await expect(store().copyTo(sha256, { start: size, end: size }, takeNothing)).rejects.toMatchObject({
        code: 'range_not_satisfiable',
        details: { size },
      });
      await expect(store().copyTo(sha256, { start: 5, end: 4 }, takeNothing)).rejects.toMatchObject({
        code: 'range_not_satisfiable',
      });
    }
  });

  it('gives many readers at once their own bytes, each at its own pace', async () => {
    const contents = [3 * MIB + 1, 2 * MIB, 5 * MIB + 9].map((size) => randomBytes(size));
    const addresses = await Promise.all(contents.map((content) => keep(store(), content)));
    for (let round = 0; round < 3; round += 1) {
      const all = await Promise.all(addresses.map((sha256) => read(store(), sha256)));
      expect(all.map((bytes, index) => bytes.equals(contents[index]!))).toEqual([true, true, true]);
    }
  });

  it('stops at a piece that is not taken, with the reason, and reads again afterwards', async () => {
    const content = randomBytes(4 * MIB);
    const sha256 = await keep(store(), content);
    let pieces = 0;
    const gone = new Error('The client is gone');
    const taking = store().copyTo(sha256, undefined, () => {
      pieces += 1;
      return Promise.reject(gone);
    });
    await expect(taking).rejects.toBe(gone);
    expect(pieces).toBe(1);
    expect((await read(store(), sha256)).equals(content)).toBe(true);
  });

  it('says not_found for content it does not have', async () => {
    const sha256 = sha256Hex('never stored');
    expect(await store().stat(sha256)).toBeNull();
    await expect(read(store(), sha256)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store().copyTo(sha256, { start: 0, end: 1 }, takeNothing)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(store().readAll(sha256)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store().remove(sha256)).resolves.toBeUndefined();
  });

  it.each([50_000, 6 * MIB])(
    'takes the same content of %d bytes twice, and a promote that is repeated',
    async (size) => {
      const content = randomBytes(size);
      const first = await stage(store(), content);
      const second = await stage(getHarness().other, content);
      await store().promote(first);
      await store().promote(first);
      await getHarness().other.promote(second);
      expect((await read(store(), first.digests.sha256)).equals(content)).toBe(true);
      expect(await leftovers()).toEqual([]);
    },
  );

  it.each([50_000, 6 * MIB])('survives promotes of the same %d bytes side by side', async (size) => {
    const content = randomBytes(size);
    const stores = [store(), getHarness().other, store(), getHarness().other];
    const staged = await Promise.all(stores.map((one) => stage(one, content)));
    await Promise.all(stores.map((one, index) => one.promote(staged[index]!)));
    expect((await read(store(), staged[0]!.digests.sha256)).equals(content)).toBe(true);
    // An object store does not say who was last: what the others brought is found later.
    await store().sweepUploads(EVERYTHING);
    expect(await leftovers()).toEqual([]);
    expect((await read(store(), staged[0]!.digests.sha256)).equals(content)).toBe(true);
  });

  it.each([1000, 6 * MIB])(
    'leaves nothing of an upload that is aborted after %d bytes, and takes no more of it',
    async (size) => {
      const content = randomBytes(size);
      const upload = await store().startUpload({ algorithms: [], maxBytes: 1e9 });
      await upload.write(content);
      await upload.abort();
      await upload.abort();
      await expect(upload.write(content)).rejects.toThrow('already ended');
      await expect(upload.finish()).rejects.toThrow('already ended');
      expect(await store().stat(sha256Hex(content))).toBeNull();
      expect(await leftovers()).toEqual([]);
    },
  );

  it.each([1000, 6 * MIB])('leaves nothing of staged content of %d bytes that is discarded', async (size) => {
    const staged = await stage(store(), randomBytes(size));
    await store().discard(staged);
    await store().discard(staged);
    expect(await store().stat(staged.digests.sha256)).toBeNull();
    expect(await leftovers()).toEqual([]);
    await expect(store().promote(staged)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it.each([1000, 6 * MIB])('refuses the byte after a limit of %d, and leaves nothing', async (limit) => {
    const upload = await store().startUpload({ algorithms: [], maxBytes: limit });
    await upload.write(randomBytes(limit));
    await expect(upload.write(randomBytes(1))).rejects.toMatchObject({ code: 'payload_too_large' });
    await expect(upload.write(randomBytes(1))).rejects.toMatchObject({ code: 'payload_too_large' });
    await expect(upload.finish()).rejects.toMatchObject({ code: 'payload_too_large' });
    await upload.abort();
    expect(await leftovers()).toEqual([]);
  });

  it('keeps content invisible whose process died between finish and promote, and sweeps it', async () => {
    const staged = await stage(getHarness().other, randomBytes(6 * MIB));
    expect(await leftovers()).toHaveLength(1);
    expect(await store().stat(staged.digests.sha256)).toBeNull();
    expect(await store().sweepUploads(EVERYTHING)).toBe(1);
    expect(await leftovers()).toEqual([]);
    expect(await store().stat(staged.digests.sha256)).toBeNull();
  });

  it('keeps young uploads when it sweeps', async () => {
    const content = randomBytes(6 * MIB);
    const upload: BlobUpload = await store().startUpload({ algorithms: [], maxBytes: 1e9 });
    await upload.write(content);
    expect(await getHarness().other.sweepUploads(60_000)).toBe(0);
    const staged = await upload.finish();
    expect(await getHarness().other.sweepUploads(60_000)).toBe(0);
    await store().promote(staged);
    expect(await store().stat(staged.digests.sha256)).toEqual({ size: content.length });
  });

  it('sweeps an upload that was never finished', async () => {
    const upload = await getHarness().other.startUpload({ algorithms: [], maxBytes: 1e9 });
    await upload.write(randomBytes(11 * MIB));
    await setTimeout(300);
    expect(await store().sweepUploads(EVERYTHING)).toBe(1);
    expect(await leftovers()).toEqual([]);
    await upload.abort();
  });

  it('forgets a removed blob, also one that is kept in memory', async () => {
    const sha256 = await keep(store(), randomBytes(5000));
    await store().readAll(sha256);
    await store().remove(sha256);
    expect(await store().stat(sha256)).toBeNull();
    await expect(store().readAll(sha256)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('shows in an inventory all that has an address, in their order, and nothing that is only staged', async () => {
    const contents = [0, 10, 200_000, 6 * MIB].map((size) => randomBytes(size));
    const kept = new Map<string, number>();
    for (const content of contents) kept.set(await keep(store(), content), content.length);
    const { digests } = await stage(getHarness().other, randomBytes(6 * MIB));
    const pages = await takeInventory(getHarness().other);
    const shown = pages.flatMap(({ blobs }) => blobs);
    expect(shown.filter(({ sha256 }) => kept.has(sha256))).toHaveLength(4);
    for (const { sha256, size, modifiedMs } of shown) {
      if (kept.has(sha256)) expect(size).toBe(kept.get(sha256));
      expect(Math.abs(modifiedMs - Date.now())).toBeLessThan(300_000);
    }
    const addresses = shown.map(({ sha256 }) => sha256);
    expect(addresses).toEqual([...addresses].sort());
    expect(addresses).not.toContain(digests.sha256);
    await store().sweepUploads(EVERYTHING);
    for (const [sha256, size] of kept) {
      expect(await store().inspect(sha256)).toMatchObject({ sha256, size });
      await getHarness().other.remove(sha256);
      expect(await store().inspect(sha256)).toBeNull();
    }
  });

  it.each([
    '../../../../etc/passwd',
    `../${'a'.repeat(61)}`,
    'A'.repeat(64),
    `${'a'.repeat(64)}\n`,
    `${'a'.repeat(63)}/`,
    'a'.repeat(65),
    '',
    '__proto__',
  ])('refuses the address %j before it touches the storage', async (address) => {
    const refused = { code: 'invalid_request' };
    await expect(read(store(), address)).rejects.toMatchObject(refused);
    await expect(store().readAll(address)).rejects.toMatchObject(refused);
    await expect(store().stat(address)).rejects.toMatchObject(refused);
    await expect(store().remove(address)).rejects.toMatchObject(refused);
    await expect(store().inspect(address)).rejects.toMatchObject(refused);
    const staged = await stage(store(), randomBytes(10));
    const forged = { ...staged, digests: { sha256: address } };
    await expect(store().promote(forged)).rejects.toMatchObject(refused);
    await expect(store().promote({ ...staged, uploadId: `../${address}` })).rejects.toMatchObject(refused);
    await store().discard(staged);
  });

  it('copies what it is given: a caller may use its chunk again', async () => {
    const chunk = Buffer.alloc(300_000);
    const upload = await store().startUpload({ algorithms: [], maxBytes: 1e9 });
    const expected = createHash('sha256');
    for (let round = 1; round <= 40; round += 1) {
      chunk.fill(round);
      expected.update(chunk);
      await upload.write(chunk);
    }
    const staged = await upload.finish();
    await store().promote(staged);
    const stored = createHash('sha256').update(await read(store(), staged.digests.sha256));
    expect(stored.digest('hex')).toBe(expected.digest('hex'));
  });

  it('takes 200 MB without holding it in memory', async () => {
    const chunk = randomBytes(64 * 1024);
    const before = process.memoryUsage().rss;
    let peak = before;
    const upload = await store().startUpload({ algorithms: ['sha1', 'sha512'], maxBytes: 1e9 });
    for (let count = 0; count < 3200; count += 1) {
      chunk.writeUInt32LE(count);
      await upload.write(chunk);
      if (count % 20 === 0) peak = Math.max(peak, process.memoryUsage().rss);
    }
    const staged = await upload.finish();
    await store().promote(staged);
    expect(await store().stat(staged.digests.sha256)).toEqual({ size: 3200 * chunk.length });
    expect(peak - before).toBeLessThan(getHarness().growthLimit);
    await store().remove(staged.digests.sha256);
  });
}
