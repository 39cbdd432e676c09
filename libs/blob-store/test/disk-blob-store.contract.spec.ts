import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskBlobStore } from '../src';
import { sha256Hex } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import {
  describeBlobStore,
  keep,
  read,
  stage,
  takeInventory,
  type BlobStoreHarness,
} from './blob-store.suite';
import { describeResumableUploads } from './resumable.suite';

let folder: string;
let store: DiskBlobStore;
let harness: BlobStoreHarness;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packhouse-blobs-'));
  store = new DiskBlobStore(folder, { fsync: true, logger: silentLogger });
  await store.prepare();
  harness = {
    store,
    other: new DiskBlobStore(folder, { fsync: false, logger: silentLogger }),
    listUploads: () => readdir(join(folder, 'uploads')),
    // Half of what passes: the memory of this process also grows by what it has not collected yet.
    growthLimit: 100_000_000,
  };
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function pathOf(sha256: string): string {
  return join(folder, 'sha256', sha256.slice(0, 2), sha256);
}

describe('DiskBlobStore', () => {
  describeBlobStore(() => harness);
  describeResumableUploads(() => harness);

  it('replaces a blob that a crash cut short', async () => {
    const content = randomBytes(300_000);
    const sha256 = await keep(store, content);
    await truncate(pathOf(sha256), 1000);
    await keep(store, content);
    expect((await read(store, sha256)).equals(content)).toBe(true);
  });

  it('makes its folders again when somebody removed them', async () => {
    const content = randomBytes(1000);
    const sha256 = await keep(store, content);
    await rm(join(folder, 'sha256', sha256.slice(0, 2)), { recursive: true });
    await keep(store, content);
    expect(await store.stat(sha256)).toEqual({ size: 1000 });
  });

  it('serves the small blobs it has in memory while their disk is away, but never says that they are stored', async () => {
    const content = randomBytes(1000);
    const sha256 = await keep(store, content);
    await store.readAll(sha256);
    await rm(pathOf(sha256));
    expect((await store.readAll(sha256)).equals(content)).toBe(true);
    expect(await store.stat(sha256)).toBeNull();
    await keep(store, content);
    expect(await store.stat(sha256)).toEqual({ size: 1000 });
  });

  it('never follows a link in place of a blob', async () => {
    const secret = join(folder, 'secret');
    await writeFile(secret, 'secret');
    const sha256 = sha256Hex('not what is behind the link');
    await mkdir(join(pathOf(sha256), '..'), { recursive: true });
    await symlink(secret, pathOf(sha256));
    expect(await store.stat(sha256)).toBeNull();
    await expect(read(store, sha256)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.readAll(sha256)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('shows in an inventory only files that are where an address says', async () => {
    const sha256 = await keep(store, randomBytes(100));
    const misplaced = `${sha256.startsWith('00') ? '11' : '00'}${sha256.slice(2)}`;
    await writeFile(join(pathOf(sha256), '..', misplaced), 'x');
    const linked = sha256Hex('behind a link');
    await mkdir(join(pathOf(linked), '..'), { recursive: true });
    await symlink(pathOf(sha256), pathOf(linked));
    await writeFile(join(pathOf(sha256), '..', `${sha256}.tmp`), 'x');
    await mkdir(join(folder, 'sha256', 'lost+found'));
    const shown = (await takeInventory(store)).flatMap(({ blobs }) => blobs.map((blob) => blob.sha256));
    expect(shown).toEqual([sha256]);
  });

  it('sweeps links but not what they point to, and never folders', async () => {
    const outside = join(folder, 'outside');
    await writeFile(outside, 'stays');
    await symlink(outside, join(folder, 'uploads', 'link'));
    await mkdir(join(folder, 'uploads', 'folder'));
    await writeFile(join(folder, 'uploads', 'old'), 'old');
    await utimes(join(folder, 'uploads', 'old'), 0, 0);
    expect(await store.sweepUploads(-1000)).toBe(2);
    expect(await readdir(join(folder, 'uploads'))).toEqual(['folder']);
    expect((await stat(outside)).size).toBe(5);
  });

  it('drops at its start the uploads of processes that are gone, and only those', async () => {
    const { uploadId } = await stage(store, randomBytes(10));
    const [space] = uploadId.split('-');
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const nameOf = (host: string, pid: number): string => `${host}-${pid}-0badcafe-${uploadId.slice(-36)}`;
    const names = {
      dead: nameOf(space!, gone),
      samePid: nameOf(space!, process.pid),
      alive: nameOf(space!, process.ppid),
      elsewhere: nameOf('00000000', gone),
      unknown: 'something-else',
    };
    for (const name of Object.values(names)) await writeFile(join(folder, 'uploads', name), 'x');
    await new DiskBlobStore(folder, { fsync: false, logger: silentLogger }).prepare();
    const left = await readdir(join(folder, 'uploads'));
    expect(left.sort()).toEqual([uploadId, names.alive, names.elsewhere, names.unknown].sort());
  });

  it('fails with storage_unavailable and says what to do when a file takes the place of its folder', async () => {
    await rm(join(folder, 'uploads'), { recursive: true });
    await writeFile(join(folder, 'uploads'), 'in the way');
    const upload = await store.startUpload({ algorithms: [], maxBytes: 1e9 });
    await upload.write(randomBytes(100));
    const staged = await upload.finish();
    await expect(store.promote(staged)).rejects.toMatchObject({
      code: 'storage_unavailable',
      cause: { code: 'ENOTDIR' },
    });
    await expect(upload.finish()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(await store.stat(staged.digests.sha256)).toBeNull();
  });

  it('neither reads nor copies an upload again whose bytes came in one request', async () => {
    const upload = await store.resumeUpload({
      state: null,
      interrupted: false,
      algorithms: ['sha512'],
      maxBytes: 1e9,
    });
    const content = randomBytes(2_000_000);
    await upload.write(content);
    const { state } = await upload.pause();
    const [name] = await readdir(join(folder, 'uploads'));
    const path = join(folder, 'uploads', name!);
    const { ino } = await stat(path);
    // Who read the file again would find other digests.
    await writeFile(path, randomBytes(content.length));
    const again = await store.resumeUpload({
      state,
      interrupted: false,
      algorithms: ['sha512'],
      maxBytes: 1e9,
    });
    const staged = await again.finish(['sha512']);
    expect(staged.digests.sha256).toBe(sha256Hex(content));
    await store.promote(staged);
    expect((await stat(pathOf(staged.digests.sha256))).ino).toBe(ino);
  });

  it('survives that its process is killed while it appends', async () => {
    const first = await store.resumeUpload({
      state: null,
      interrupted: false,
      algorithms: [],
      maxBytes: 1e9,
    });
    const content = randomBytes(3_000_000);
    await first.write(content.subarray(0, 1_000_000));
    const { state } = await first.pause();
    const [name] = await readdir(join(folder, 'uploads'));
    // What a killed writer may leave: bytes that no state speaks of.
    await writeFile(join(folder, 'uploads', name!), randomBytes(700_001), { flag: 'a' });
    const second = await harness.other.resumeUpload({
      state,
      interrupted: true,
      algorithms: [],
      maxBytes: 1e9,
    });
    await second.write(content.subarray(1_000_000));
    const staged = await second.finish();
    expect(staged).toMatchObject({ size: content.length, digests: { sha256: sha256Hex(content) } });
    await harness.other.promote(staged);
    expect((await read(store, staged.digests.sha256)).equals(content)).toBe(true);
  });

  it('gives an upload up whose file lost bytes that were durable', async () => {
    const first = await store.resumeUpload({
      state: null,
      interrupted: false,
      algorithms: [],
      maxBytes: 1e9,
    });
    await first.write(randomBytes(1000));
    const { state } = await first.pause();
    const [name] = await readdir(join(folder, 'uploads'));
    await truncate(join(folder, 'uploads', name!), 999);
    const next = store.resumeUpload({ state, interrupted: false, algorithms: [], maxBytes: 1e9 });
    await expect(next).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps small blobs in a row for two fsyncs each', async () => {
    const blobs = 50;
    const file = await open(join(folder, 'any'), 'wx');
    const handles = Object.getPrototypeOf(file) as Pick<FileHandle, 'sync' | 'datasync'>;
    await file.close();
    const { sync, datasync } = handles;
    const folders = new Set<string>();
    let syncs = 0;
    handles.sync = function (this: FileHandle) {
      syncs += 1;
      return sync.call(this);
    };
    handles.datasync = function (this: FileHandle) {
      syncs += 1;
      return datasync.call(this);
    };
    try {
      for (let count = 0; count < blobs; count += 1)
        folders.add((await keep(store, randomBytes(20_000))).slice(0, 2));
    } finally {
      Object.assign(handles, { sync, datasync });
    }
    // One of the file and one of its folder, and one more for each folder when it is made.
    expect(syncs).toBe(2 * blobs + folders.size);
  }, 60_000);
});
