import type { BlobStore } from '@packhouse/blob-store';
import type { BlobsClient } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { StorageQuota } from '../storage-quota';
import { UploadSessions } from './upload-sessions';

const ref = { id: newId(), place: 'toy:owner:name', ownerId: newId(), accountId: newId() };

/** Sessions of a ledger in which a writer is at work for so many questions, and has added bytes when it is gone. */
function sessionsWith(busyAnswers: number) {
  let questions = 0;
  const findUpload = () => {
    questions += 1;
    const isBusy = questions <= busyAnswers;
    const expiresAt = new Date().toISOString();
    return Promise.resolve({
      isBusy,
      upload: { ...ref, received: isBusy ? 0 : 700, state: null, expiresAt },
    });
  };
  const blobs = { findUpload } as unknown as BlobsClient;
  return new UploadSessions(blobs, {} as BlobStore, {} as Logger, {} as StorageQuota);
}

describe('asking how far an upload came', () => {
  it('is answered when the request that was cut has ended', async () => {
    expect((await sessionsWith(3).find(ref))?.received).toBe(700);
  });

  it('is answered all the same while somebody goes on writing', async () => {
    const started = Date.now();
    expect((await sessionsWith(Infinity).find(ref))?.received).toBe(0);
    expect(Date.now() - started).toBeGreaterThanOrEqual(2000);
  });
});
