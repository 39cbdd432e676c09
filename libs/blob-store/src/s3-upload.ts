import type { DigestAlgorithm, DomainError } from '@packhouse/kernel';
import type { BlobUpload, StagedBlob } from './blob-store';
import { BufferedUpload } from './buffered-upload';
import type { S3Multipart } from './s3-multipart';
import { partBytes } from './s3-parts';

/** What an upload needs of its store. */
export interface S3UploadTarget {
  readonly uploadId: string;
  /** Takes content that is small enough to wait in memory for its address. */
  hold(content: Buffer): void;
  /** Notes which address the content is meant for, before it is complete. */
  mark(sha256: string): Promise<void>;
  /** Begins a multipart upload, once the content turns out to be larger. */
  startMultipart(): Promise<S3Multipart>;
  fail(error: unknown): DomainError;
}

/**
 * Receives one upload. Up to the first part it stays in memory and is put straight to its address later; above that it
 * goes out in parts. So an upload of any size costs two parts of memory.
 */
export class S3Upload extends BufferedUpload<S3Multipart> implements BlobUpload {
  constructor(
    private readonly target: S3UploadTarget,
    algorithms: readonly DigestAlgorithm[],
    maxBytes: number,
  ) {
    super({ uploadId: target.uploadId, algorithms, maxBytes, pieceBytes: partBytes });
  }

  async finish(): Promise<StagedBlob> {
    this.checkOpen();
    const last = this.lastPiece();
    try {
      if (this.sink) {
        await this.settle();
        const staged = this.staged(this.digest!);
        await Promise.all([this.sink.sendPart(last), this.target.mark(staged.digests.sha256)]);
        await this.sink.complete();
        this.ended = true;
        return staged;
      }
      this.target.hold(last);
    } catch (error) {
      throw await this.fail(error);
    }
    this.ended = true;
    return this.staged(this.digest!);
  }

  protected openSink(): Promise<S3Multipart> {
    return this.target.startMultipart();
  }

  protected send(multipart: S3Multipart, content: Buffer): Promise<void> {
    return multipart.sendPart(content);
  }

  protected explain(error: unknown): DomainError {
    return this.target.fail(error);
  }

  protected async discard(multipart: S3Multipart | null): Promise<void> {
    // What could not be dropped now is swept later.
    await multipart?.abort().catch((error: unknown) => this.explain(error));
  }
}
