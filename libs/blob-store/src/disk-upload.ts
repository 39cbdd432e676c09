import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { MultiDigest, type DigestAlgorithm, type DomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { BlobUpload, StagedBlob } from './blob-store';
import { diskFailure } from './disk-errors';
import { FillBuffer } from './fill-buffer';
import { endedAlready, uploadTooLarge } from './upload-faults';
import { codeOf } from './failure-code';

/** Bytes per write to the disk; an upload below it is one open, write and fsync. Two such buffers are one upload's memory. */
const BUFFER_BYTES = 512 * 1024;

/** What an upload needs to know of where it goes. */
export interface DiskUploadTarget {
  readonly uploadId: string;
  readonly path: string;
  readonly fsync: boolean;
  readonly logger: Logger;
  /** Told of the work that makes the content durable; it goes on while the ledger is asked, and may fail. */
  readonly onSyncing: (durable: Promise<void>) => void;
}

/** Receives one upload into a file of its own. While one buffer is on its way to the disk, the next one fills. */
export class DiskUpload implements BlobUpload {
  private readonly digest: MultiDigest;
  private readonly buffers = [new FillBuffer(BUFFER_BYTES), new FillBuffer(BUFFER_BYTES)] as const;
  private current = 0;
  private size = 0;
  private file: FileHandle | null = null;
  private inFlight: Promise<void> | null = null;
  private failure: DomainError | null = null;
  private ended = false;

  constructor(
    private readonly target: DiskUploadTarget,
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
      const buffer = this.buffers[this.current]!;
      rest = rest.subarray(buffer.take(rest));
      if (buffer.full) await this.flush();
    }
  }

  /** The digests are known at once; the last bytes go to the disk while the ledger is asked. */
  async finish(): Promise<StagedBlob> {
    this.checkOpen();
    this.ended = true;
    this.target.onSyncing(this.sync());
    return { uploadId: this.target.uploadId, size: this.size, digests: this.digest.finish() };
  }

  private async sync(): Promise<void> {
    try {
      await this.settle();
      this.file ??= await this.create();
      const last = this.buffers[this.current]!.content();
      if (last.length > 0) await writeAll(this.file, last);
      if (this.target.fsync) await this.file.datasync();
    } catch (error) {
      throw await this.fail(error);
    }
    const { file } = this;
    this.file = null;
    await file.close();
  }

  async abort(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.drop();
  }

  /** Sends the full buffer on its way and turns to the other one, which is free once the write before it is done. */
  private async flush(): Promise<void> {
    try {
      await this.settle();
      this.file ??= await this.create();
    } catch (error) {
      throw await this.fail(error);
    }
    if (this.ended) {
      // Aborted while it waited: the file that was just made must go too.
      await this.drop();
      throw endedAlready();
    }
    const full = this.buffers[this.current]!;
    this.current = 1 - this.current;
    this.inFlight = writeAll(this.file, full.content()).then(() => full.clear());
    // Its failure is met by the next settle; until then nobody listens.
    this.inFlight.catch(() => undefined);
  }

  private async settle(): Promise<void> {
    const pending = this.inFlight;
    this.inFlight = null;
    await pending;
  }

  private create(): Promise<FileHandle> {
    return open(this.target.path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o640);
  }

  /** Remembers why the upload cannot go on and leaves nothing of it behind. */
  private async fail(error: unknown): Promise<DomainError> {
    this.failure = diskFailure(error, this.target.logger);
    await this.drop();
    return this.failure;
  }

  private async drop(): Promise<void> {
    await this.settle().catch(() => undefined);
    const file = this.file;
    this.file = null;
    try {
      await file?.close();
      await unlink(this.target.path);
    } catch (error) {
      // What could not be dropped now is swept later; an upload that never reached the disk has nothing to drop.
      if (codeOf(error) !== 'ENOENT') diskFailure(error, this.target.logger);
    }
  }

  private checkOpen(): void {
    if (this.failure) throw this.failure;
    if (this.ended) throw endedAlready();
  }
}

async function writeAll(file: FileHandle, content: Buffer): Promise<void> {
  let done = 0;
  while (done < content.length) done += (await file.write(content, done, content.length - done)).bytesWritten;
}
