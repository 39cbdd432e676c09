import { join } from 'node:path';
import type { DataSettings, StorageSettings } from '@packhouse/config';
import type { Logger } from '@packhouse/observability';
import type { BlobStore } from './blob-store';
import { DiskBlobStore } from './disk-blob-store';
import { S3BlobStore } from './s3-blob-store';

/** The groups of settings that decide where blobs live. */
export interface BlobStoreSettings {
  readonly storage: StorageSettings;
  readonly data: Pick<DataSettings, 'folder' | 'fsync'>;
}

/** Chooses the implementation from the settings and makes it ready: the folder or bucket exists when it resolves. */
export async function createBlobStore(settings: BlobStoreSettings, logger: Logger): Promise<BlobStore> {
  if (settings.storage.s3Endpoint !== undefined) {
    const store = new S3BlobStore(settings.storage, { logger });
    await store.prepare();
    return store;
  }
  const store = new DiskBlobStore(join(settings.data.folder, 'blobs'), {
    fsync: settings.data.fsync,
    logger,
  });
  await store.prepare();
  return store;
}
