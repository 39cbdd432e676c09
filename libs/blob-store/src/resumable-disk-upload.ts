import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { MultiDigest, newSecret, type DigestAlgorithm, type DomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { ResumableUpload, StagedBlob, UploadProgress } from './blob-store';
import { BufferedUpload, type UploadTerms } from './buffered-upload';
import { diskFailure } from './disk-errors';
import { DISK_BUFFER_BYTES, writeAll } from './disk-upload';
import { codeOf } from './failure-code';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** What an upload needs to know of where it goes. */
export interface ResumableDiskTarget {
  readonly path: string;
  readonly fsync: boolean;
  readonly logger: Logger;
  /** Makes the entry of a new file durable. */
  syncFolder(): Promise<void>;
  /** Gives the state to go on from here. */
  stateOf(received: number, mark: string): string;
  keepDigest(mark: string, digest: MultiDigest): void;
  /** Told of the work that makes the content durable; it goes on while the ledger is asked, and may fail. */
  readonly onSyncing: (durable: Promise<void>) => void;
}

type Terms = Omit<UploadTerms, 'pieceBytes'> & Required<Pick<UploadTerms, 'before'>>;

/** Appends to a file of its own, which is cut to the durable length whenever somebody goes on with it. */
export class ResumableDiskUpload extends BufferedUpload<FileHandle> implements ResumableUpload {
  /** Bytes that a state speaks of. */
  private readonly durable: number;

  constructor(
    private readonly target: ResumableDiskTarget,
    terms: Terms,
    /** A file is there; an upload without a state has none yet. */
    private readonly hasFile: boolean,
  ) {
    super({ ...terms, pieceBytes: () => DISK_BUFFER_BYTES });
    this.durable = terms.before.received;
  }

  async pause(): Promise<UploadProgress> {
    this.checkOpen();
    this.ended = true;
    await this.sync(true);
    const mark = newSecret(12);
    if (this.digest) this.target.keepDigest(mark, this.digest);
    return { received: this.received, state: this.target.stateOf(this.received, mark) };
  }

  async finish(also: readonly DigestAlgorithm[] = []): Promise<StagedBlob> {
    this.checkOpen();
    this.ended = true;
    const synced = this.sync(false);
    this.target.onSyncing(synced);
    if (this.digest?.has(also)) return this.staged(this.digest);
    await synced;
    return this.staged(await this.readAgain(also));
  }

  protected openSink(): Promise<FileHandle> {
    const { path } = this.target;
    return this.hasFile
      ? open(path, O_WRONLY | O_APPEND | O_NOFOLLOW)
      : open(path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND, 0o640);
  }

  protected send(file: FileHandle, content: Buffer): Promise<void> {
    return writeAll(file, content);
  }

  protected explain(error: unknown): DomainError {
    return diskFailure(error, this.target.logger);
  }

  /** What a state speaks of stays; what came after it is cut off by whoever goes on. */
  protected async discard(file: FileHandle | null): Promise<void> {
    try {
      await file?.close();
      if (file && !this.hasFile) await unlink(this.target.path);
    } catch (error) {
      // What could not be dropped now is swept later.
      if (codeOf(error) !== 'ENOENT') this.explain(error);
    }
  }

  private async sync(withFolder: boolean): Promise<void> {
    try {
      await this.settle();
      // Nothing came: what is there is durable already.
      if (this.hasFile && this.received === this.durable) return;
      this.sink ??= await this.openSink();
      const last = this.lastPiece();
      if (last.length > 0) await writeAll(this.sink, last);
      if (this.target.fsync) {
        const entry = withFolder && !this.hasFile ? this.target.syncFolder() : undefined;
        await Promise.all([this.sink.datasync(), entry]);
      }
    } catch (error) {
      throw await this.fail(error);
    }
    const file = this.sink;
    this.sink = null;
    await file.close();
  }

  private async readAgain(also: readonly DigestAlgorithm[]): Promise<MultiDigest> {
    const digest = new MultiDigest(also);
    try {
      const file = await open(this.target.path, constants.O_RDONLY | O_NOFOLLOW);
      for await (const chunk of file.createReadStream({ highWaterMark: DISK_BUFFER_BYTES }))
        digest.update(chunk as Buffer);
    } catch (error) {
      throw this.explain(error);
    }
    return digest;
  }
}
