import { MultiDigest, type DigestAlgorithm, type DomainError } from '@packhouse/kernel';
import type { BlobUpload, StagedBlob } from './blob-store';
import { FillBuffer } from './fill-buffer';
import type { S3Multipart } from './s3-multipart';
import { PART_BYTES } from './s3-connection';
import { endedAlready, uploadTooLarge } from './upload-faults';

/** What an upload needs of its store. */
export interface S3UploadTarget {
  readonly uploadId: string;
  /** Takes content that is small enough to wait in memory for its address. */
  hold(content: Buffer): void;
  /** Begins a multipart upload, once the content turns out to be larger. */
  startMultipart(): Promise<S3Multipart>;
  fail(error: unknown): DomainError;
}

/**
 * Receives one upload. Up to one part it stays in memory and is put straight to its address later; above that it
 * goes out in parts, one on its way while the next one fills. So an upload of any size costs two parts of memory.
 */
export class S3Upload implements BlobUpload {
  private readonly digest: MultiDigest;
  private readonly buffers = [new FillBuffer(PART_BYTES), new FillBuffer(PART_BYTES)] as const;
  private current = 0;
  private size = 0;
  private multipart: S3Multipart | null = null;
  private inFlight: Promise<void> | null = null;
  private failure: DomainError | null = null;
  private ended = false;

  constructor(
    private readonly target: S3UploadTarget,
    algorithms: readonly DigestAlgorithm[],
    private readonly maxBytes: number,
  ) {
    this.digest = new MultiDigest(algorithms);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.checkOpen();
    if (this.size + chunk.length > this.maxBytes) throw await this.fail(uploadTooLarge(this.maxBytes));
    this.size += chunk.length;
    this.digest.update(chunk);
    let rest = chunk;
    while (rest.length > 0) {
      // Only when more is to come: content of exactly one part needs no multipart upload, and none ends with an empty part.
      if (this.buffers[this.current]!.full) await this.flush();
      rest = rest.subarray(this.buffers[this.current]!.take(rest));
    }
  }

  async finish(): Promise<StagedBlob> {
    this.checkOpen();
    const last = this.buffers[this.current]!.content();
    try {
      if (this.multipart) {
        await this.settle();
        await this.multipart.sendPart(last);
        await this.multipart.complete(this.size);
      } else {
        this.target.hold(last);
      }
    } catch (error) {
      throw await this.fail(error);
    }
    this.ended = true;
    return { uploadId: this.target.uploadId, size: this.size, digests: this.digest.finish() };
  }

  async abort(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.drop();
  }

  /** Sends the full part on its way and turns to the other buffer, which is free once the part before it is sent. */
  private async flush(): Promise<void> {
    try {
      await this.settle();
      this.multipart ??= await this.target.startMultipart();
    } catch (error) {
      throw await this.fail(error);
    }
    if (this.ended) {
      // Aborted while it waited: the multipart upload that was just begun must go too.
      await this.drop();
      throw endedAlready();
    }
    const full = this.buffers[this.current]!;
    this.current = 1 - this.current;
    this.inFlight = this.multipart.sendPart(full.content()).then(() => full.clear());
    // Its failure is met by the next settle; until then nobody listens.
    this.inFlight.catch(() => undefined);
  }

  private async settle(): Promise<void> {
    const pending = this.inFlight;
    this.inFlight = null;
    await pending;
  }

  private async fail(error: unknown): Promise<DomainError> {
    this.failure = this.target.fail(error);
    await this.drop();
    return this.failure;
  }

  private async drop(): Promise<void> {
    await this.settle().catch(() => undefined);
    // What could not be dropped now is swept later.
    await this.multipart?.abort().catch((error: unknown) => this.target.fail(error));
  }

  private checkOpen(): void {
    if (this.failure) throw this.failure;
    if (this.ended) throw endedAlready();
  }
}
