import type { BlobStore, ResumableUpload, StagedBlob } from '@packhouse/blob-store';
import type { BlobsClient, UploadSession } from '@packhouse/contracts';
import { DomainError, newId } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import type { UploadQuota } from '../storage-quota';
import { OpenedUpload } from './opened-upload';

const session: UploadSession = {
  ...{ id: newId(), place: 'toy:owner:name', accountId: newId() },
  ...{ received: 3, state: 'three', expiresAt: new Date(0).toISOString() },
};
const staged: StagedBlob = { uploadId: 'staged', size: 5, digests: { sha256: 'a'.repeat(64) } };
const full = new DomainError('quota_exceeded');

interface World {
  /** What closing the session answers. */
  readonly close?: () => UploadSession | null;
  /** What recording how far it came answers. */
  readonly advance?: () => UploadSession | null;
  /** What the ledger knows of the session afterwards. */
  readonly find?: () => UploadSession | null;
  readonly settle?: () => void;
}

/** An upload that was at three bytes and is at five; `steps` notes what it asks of everybody. */
function openUpload(world: World = {}) {
  const steps: string[] = [];
  const step = <T>(name: string, give: () => T): Promise<T> => {
    steps.push(name);
    return Promise.resolve().then(give);
  };
  const {
    close = () => session,
    advance = () => session,
    find = () => null,
    settle = () => undefined,
  } = world;
  const blobs = {
    advanceUpload: ({ received, release }: { received: number; release: boolean }) =>
      step(`${release ? 'leave' : 'prolong'} at ${received}`, () => ({ upload: advance() })),
    closeUpload: () => step('close', () => ({ upload: close() })),
    findUpload: () => step('find', () => ({ upload: find(), isBusy: false })),
  } as unknown as BlobsClient;
  const store = {
    discard: () => step('discard', () => undefined),
    dropUpload: (state: string) => step(`drop ${state}`, () => undefined),
  } as unknown as BlobStore;
  const quota = {
    settle: () => step('settle', settle),
    release: () => step('release', () => undefined),
    shrink: (bytes: number) => step(`shrink to ${bytes}`, () => undefined),
  } as unknown as UploadQuota;
  const bytes = {
    received: 5,
    pause: () => step('pause', () => ({ received: 5, state: 'five' })),
    finish: () => step('finish', () => staged),
    abort: () => step('abort', () => undefined),
  } as unknown as ResumableUpload;
  const upload = new OpenedUpload({ blobs, store, logger: silentLogger, quota }, session, 'claim', bytes);
  return { upload, steps };
}

const away = (): never => {
  throw new DomainError('unavailable');
};

describe('an upload that stops for now', () => {
  it('keeps room for what is durable, before another request may go on', async () => {
    const { upload, steps } = openUpload();
    await upload.pause();
    expect(steps).toEqual(['pause', 'shrink to 5', 'leave at 5']);
  });

  it('keeps room for what was durable before, when what came is let go', async () => {
    const { upload, steps } = openUpload();
    await upload.abort();
    expect(steps).toEqual(['abort', 'shrink to 3', 'leave at 3']);
  });

  it('leaves no room behind when the session was ended meanwhile', async () => {
    const { upload, steps } = openUpload({ advance: () => null });
    await expect(upload.pause()).rejects.toMatchObject({ code: 'not_found' });
    expect(steps.slice(3)).toEqual(['find', 'release', 'drop five']);
  });

  it('leaves the room to a request that took the session over', async () => {
    const { upload, steps } = openUpload({ advance: () => null, find: () => session });
    await expect(upload.pause()).rejects.toMatchObject({ code: 'not_found' });
    expect(steps).not.toContain('release');
  });
});

describe('an upload that is refused', () => {
  it('is over: what came is freed, and its room', async () => {
    const { upload, steps } = openUpload();
    await expect(upload.refuse(full)).rejects.toBe(full);
    expect(steps).toEqual(['close', 'release', 'abort', 'drop three']);
  });

  it('lets go of what came, and is told why, though the session cannot be ended', async () => {
    const { upload, steps } = openUpload({ close: away });
    await expect(upload.refuse(full)).rejects.toBe(full);
    // The session speaks of its state, and its room is taken, until it ends.
    expect(steps).toEqual(['close', 'abort']);
  });

  it('leaves to whoever ended the session what is theirs', async () => {
    const { upload, steps } = openUpload({ close: () => null });
    await expect(upload.refuse(full)).rejects.toBe(full);
    expect(steps).toEqual(['close', 'abort']);
  });

  it.each([() => session, away])('at its end keeps nothing, and is told why', async (close) => {
    const settle = (): never => {
      throw full;
    };
    const { upload, steps } = openUpload({ settle, close });
    await upload.finish();
    await expect(upload.keep()).rejects.toBe(full);
    expect(steps).toContain('discard');
  });
});
