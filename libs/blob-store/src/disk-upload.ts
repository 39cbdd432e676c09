import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import type { DigestAlgorithm, DomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { BlobUpload, StagedBlob } from './blob-store';
import { BufferedUpload } from './buffered-upload';
import { diskFailure } from './disk-errors';
import { codeOf } from './failure-code';

/** Bytes per write to the disk; an upload up to it is one open, write and fsync. Two such buffers are one upload's memory. */
export const DISK_BUFFER_BYTES = 512 * 1024;

/** What an upload needs to know of where it goes. */
export interface DiskUploadTarget {
  readonly uploadId: string;
  readonly path: string;
  readonly fsync: boolean;
  readonly logger: Logger;
  /** Told of the work that makes the content durable; it goes on while the ledger is asked, and may fail. */
  readonly onSyncing: (durable: Promise<void>) => void;
}

/** Receives one upload into a file of its own. */
export class DiskUpload extends BufferedUpload<FileHandle> implements BlobUpload {
  constructor(
    private readonly target: DiskUploadTarget,
    algorithms: readonly DigestAlgorithm[],
    maxBytes: number,
  ) {
    super({ uploadId: target.uploadId, algorithms, maxBytes, pieceBytes: () => DISK_BUFFER_BYTES });
  }

  /** The digests are known at once; the last bytes go to the disk while the ledger is asked. */
  async finish(): Promise<StagedBlob> {
    this.checkOpen();
    this.ended = true;
    this.target.onSyncing(this.sync());
    return this.staged(this.digest!);
  }

  protected openSink(): Promise<FileHandle> {
    return open(this.target.path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o640);
  }

  protected send(file: FileHandle, content: Buffer): Promise<void> {
    return writeAll(file, content);
  }

  protected explain(error: unknown): DomainError {
    return diskFailure(error, this.target.logger);
  }

  protected async discard(file: FileHandle | null): Promise<void> {
    try {
      await file?.close();
      await unlink(this.target.path);
    } catch (error) {
      // What could not be dropped now is swept later; an upload that never reached the disk has nothing to drop.
      if (codeOf(error) !== 'ENOENT') this.explain(error);
    }
  }

  private async sync(): Promise<void> {
    try {
      await this.settle();
      this.sink ??= await this.openSink();
      const last = this.lastPiece();
      if (last.length > 0) await writeAll(this.sink, last);
      if (this.target.fsync) await this.sink.datasync();
    } catch (error) {
      throw await this.fail(error);
    }
    const file = this.sink;
    this.sink = null;
    await file.close();
  }
}

/** Writes all of `content` where the file stands. */
export async function writeAll(file: FileHandle, content: Buffer): Promise<void> {
  let done = 0;
  while (done < content.length) done += (await file.write(content, done, content.length - done)).bytesWritten;
}
