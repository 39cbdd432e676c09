import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import { blobsContract, type BlobsClient, type UploadSession } from '@packhouse/contracts';
import { DomainError, SECOND, type DigestAlgorithm } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import { StorageQuota } from '../storage-quota';
import { OpenedUpload } from './opened-upload';

/** A cut connection is noticed at once, in front of a proxy a little later. */
const WRITER_PATIENCE_MS = 2 * SECOND;
const ASK_AGAIN_MS = 100;

/** The right to go on with an upload. */
export interface UploadRef {
  readonly id: string;
  /** Where the content will be held; see `placeKey`. */
  readonly place: string;
  /** Whose room it takes; the owner of the place. */
  readonly ownerId: string;
  readonly accountId: string;
}

interface UploadLimits {
  /** To compute along the way; SHA-256 always is. */
  readonly algorithms: readonly DigestAlgorithm[];
  readonly maxBytes: number;
}

/**
 * Content that arrives over several requests, to any replica: the ledger knows how far each upload has come and who writes,
 * the blob store has the bytes.
 */
@Injectable()
export class UploadSessions {
  constructor(
    @InjectClient(blobsContract) private readonly blobs: BlobsClient,
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly quota: StorageQuota,
  ) {}

  /** Rejects `rate_limited` when the account has `maxOpen` sessions in this place. */
  async create(who: Pick<UploadRef, 'place' | 'accountId'>, maxOpen: number): Promise<UploadSession> {
    return (await this.blobs.openUpload({ ...who, maxOpen })).upload;
  }

  /**
   * Null for one that is unknown, expired, or somebody else's. `received` is what is durable. Waits a moment for a request that
   * writes: whoever asks after its connection was cut asks before that was noticed, and would go on where that is not the end.
   */
  async find(ref: UploadRef): Promise<UploadSession | null> {
    const until = Date.now() + WRITER_PATIENCE_MS;
    for (;;) {
      const { upload, isBusy } = await this.blobs.findUpload(ref);
      if (!isBusy || Date.now() >= until) return upload;
      await sleep(ASK_AGAIN_MS);
    }
  }

  /**
   * Opens a session to append to it or to finish it: exactly one of `pause`, `keep`, `refuse` and `abort` of the answer closes it.
   * Rejects `not_found`, and `revision_conflict` while another request writes.
   */
  async open(ref: UploadRef, limits: UploadLimits): Promise<OpenedUpload> {
    const answer = await this.blobs.claimUpload(ref);
    if (answer.outcome === 'gone') throw sessionGone();
    if (answer.outcome === 'busy')
      throw new DomainError(
        'revision_conflict',
        'Another request is writing to this upload: wait until it has ended, then ask how far it came.',
      );
    const { upload, claim, interrupted } = answer;
    const quota = this.quota.ofUpload(ref.ownerId, ref.id);
    const ports = { blobs: this.blobs, store: this.store, logger: this.logger, quota };
    try {
      const bytes = await this.store.resumeUpload({ state: upload.state, interrupted, ...limits });
      return new OpenedUpload(ports, upload, claim, bytes);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not_found') await this.cancel(ref);
      else await release(this.blobs, upload, claim);
      throw error;
    }
  }

  /** Ends a session and frees what it stored. False when there is none. */
  async cancel(ref: UploadRef): Promise<boolean> {
    const { upload } = await this.blobs.closeUpload({ ...ref, claim: null, stored: null });
    if (!upload) return false;
    if (upload.state !== null) await this.store.dropUpload(upload.state);
    await this.quota.release(ref.ownerId, ref.id);
    return true;
  }
}

/** What whoever asks for a session that is not there is told. */
function sessionGone(): DomainError {
  return new DomainError('not_found', 'There is no such upload: start it again.');
}

async function release(
  blobs: BlobsClient,
  { id, received, state }: UploadSession,
  claim: string,
): Promise<void> {
  // Lost: it runs out by itself.
  await blobs.advanceUpload({ id, claim, received, state, release: true }).catch(() => undefined);
}
