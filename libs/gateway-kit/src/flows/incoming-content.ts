import type { BlobStore, BlobUpload, StagedBlob } from '@packhouse/blob-store';
import type { BlobRef } from '@packhouse/contracts';
import type { DigestAlgorithm } from '@packhouse/kernel';
import type { UploadQuota } from '../storage-quota';

/** What comes in for one publication, aside from everything until it is promoted or dropped. */
export class IncomingContent {
  private readonly uploads: BlobUpload[] = [];
  private readonly staged: StagedBlob[] = [];
  /** Bytes that clients sent so far. */
  private received = 0;

  constructor(
    private readonly store: BlobStore,
    private readonly algorithms: readonly DigestAlgorithm[],
    private readonly quota: UploadQuota,
  ) {}

  /** Opens an upload for what a client sends: counted while it comes. */
  async startUpload(maxBytes: number): Promise<BlobUpload> {
    const upload = await this.open(maxBytes);
    return {
      write: (chunk) => {
        this.received += chunk.length;
        const room = this.quota.grow(this.received);
        return room ? room.then(() => upload.write(chunk)) : upload.write(chunk);
      },
      abort: () => upload.abort(),
      finish: () => this.finish(upload),
    };
  }

  /** Stages what is in memory: counted when it becomes part of a version, as what the owner may have already. */
  async stageBytes(bytes: Buffer): Promise<StagedBlob> {
    const upload = await this.open(bytes.length);
    await upload.write(bytes);
    return this.finish(upload);
  }

  /** Makes sure of room for all that a version will have; see {@link UploadQuota.settle}. */
  settle(blobs: readonly BlobRef[]): Promise<void> {
    return this.quota.settle(blobs);
  }

  /** Gives all that was staged its address: then there is nothing left to drop. */
  async promote(): Promise<void> {
    for (const staged of this.staged) await this.store.promote(staged);
    this.staged.length = 0;
  }

  /** Lets go of what has no address. Safe at any time. */
  async drop(): Promise<void> {
    await Promise.allSettled(this.uploads.map((upload) => upload.abort()));
    await Promise.allSettled(this.staged.map((staged) => this.store.discard(staged)));
  }

  /** Reserves no room any more. */
  release(): Promise<void> {
    return this.quota.release();
  }

  private async open(maxBytes: number): Promise<BlobUpload> {
    const upload = await this.store.startUpload({ algorithms: this.algorithms, maxBytes });
    this.uploads.push(upload);
    return upload;
  }

  private async finish(upload: BlobUpload): Promise<StagedBlob> {
    const staged = await upload.finish();
    this.staged.push(staged);
    return staged;
  }
}
