import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import type { DigestAlgorithm } from '@packhouse/kernel';
import { StorageQuota } from '../storage-quota';
import { IncomingContent } from './incoming-content';

/** Takes in the content of publications, against the room of whom it will belong to. */
@Injectable()
export class ContentIntake {
  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    private readonly quota: StorageQuota,
  ) {}

  /** `key`: what room is reserved for. */
  open(ownerId: string, key: string, algorithms: readonly DigestAlgorithm[]): IncomingContent {
    return new IncomingContent(this.store, algorithms, this.quota.ofUpload(ownerId, key));
  }
}
