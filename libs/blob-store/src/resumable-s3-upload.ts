import { MultiDigest, newSecret, type DigestAlgorithm, type DomainError } from '@packhouse/kernel';
import type { ResumableUpload, StagedBlob, UploadProgress, UploadState } from './blob-store';
import { BufferedUpload, type UploadTerms } from './buffered-upload';
import type { MultipartProgress, S3Multipart } from './s3-multipart';
import { partBytes } from './s3-parts';

/** Content that is shorter than the next part, in an object of its own. */
export interface StoredRest {
  readonly key: string;
  readonly size: number;
}

/** What a state says. */
export interface S3UploadState {
  readonly uploadId: string;
  readonly received: number;
  readonly mark: string;
  readonly multipart: MultipartProgress | null;
  readonly rest: StoredRest | null;
  /** Of the state before this one, which was valid until this one was on record. */
  readonly staleRest: string | null;
}

/** Of an upload that nothing has come of yet. */
export const NOTHING_YET: S3UploadState = {
  uploadId: '',
  received: 0,
  mark: '',
  multipart: null,
  rest: null,
  staleRest: null,
};

/** What an upload needs of its store. */
export interface ResumableS3Target {
  readonly uploadId: string;
  /** Opens the multipart upload of the state, or begins one. */
  openMultipart(): Promise<S3Multipart>;
  /** Where the upload stood, and the text that said so; null: there is none yet. */
  readonly before: S3UploadState;
  readonly beforeText: UploadState | null;
  putRest(content: Buffer): Promise<StoredRest>;
  /** In the background; what stays is swept. */
  dropRests(keys: ReadonlyArray<string | null>): void;
  keepDigest(mark: string, digest: MultiDigest): void;
  hold(content: Buffer): void;
  mark(sha256: string): Promise<void>;
  /** Reads the completed content through a digest. */
  readAgain(digest: MultiDigest): Promise<void>;
  fail(error: unknown): DomainError;
}

type Terms = Omit<UploadTerms, 'pieceBytes'> & Required<Pick<UploadTerms, 'before'>>;

/**
 * Whole parts go out as they fill. What is shorter than a part becomes an object of its own when the upload pauses, and is read
 * into memory again by whoever goes on.
 */
export class ResumableS3Upload extends BufferedUpload<S3Multipart> implements ResumableUpload {
  private readonly arrived: number;

  constructor(
    private readonly target: ResumableS3Target,
    terms: Terms,
  ) {
    super({ ...terms, pieceBytes: partBytes });
    this.arrived = terms.before.received;
  }

  async pause(): Promise<UploadProgress> {
    this.checkOpen();
    this.ended = true;
    const { before, beforeText } = this.target;
    if (beforeText !== null && this.received === this.arrived) {
      if (this.digest) this.target.keepDigest(before.mark, this.digest);
      return { received: this.received, state: beforeText };
    }
    try {
      await this.settle();
      const state = await this.describe(before);
      if (this.digest) this.target.keepDigest(state.mark, this.digest);
      return { received: this.received, state: JSON.stringify(state) };
    } catch (error) {
      throw await this.fail(error);
    }
  }

  async finish(also: readonly DigestAlgorithm[] = []): Promise<StagedBlob> {
    this.checkOpen();
    const { multipart, rest, staleRest } = this.target.before;
    try {
      await this.settle();
      const isInParts = this.sink !== null || multipart !== null;
      const staged = await (isInParts ? this.complete(also) : this.holdAll(also));
      this.ended = true;
      this.target.dropRests([rest?.key ?? null, staleRest]);
      return staged;
    } catch (error) {
      throw await this.fail(error);
    }
  }

  protected openSink(): Promise<S3Multipart> {
    return this.target.openMultipart();
  }

  protected send(multipart: S3Multipart, content: Buffer): Promise<void> {
    return multipart.sendPart(content);
  }

  protected explain(error: unknown): DomainError {
    return this.target.fail(error);
  }

  /** Parts that no state speaks of are sent again by whoever goes on; where there is no state, nobody does. */
  protected async discard(multipart: S3Multipart | null): Promise<void> {
    if (multipart && this.target.before.multipart === null)
      await multipart.abort().catch((error: unknown) => this.explain(error));
  }

  private async describe(before: S3UploadState): Promise<S3UploadState> {
    const last = this.lastPiece();
    return {
      uploadId: this.target.uploadId,
      received: this.received,
      mark: newSecret(12),
      multipart: this.sink?.progress ?? before.multipart,
      rest: last.length > 0 ? await this.target.putRest(last) : null,
      staleRest: before.rest?.key ?? null,
    };
  }

  private async complete(also: readonly DigestAlgorithm[]): Promise<StagedBlob> {
    const multipart = (this.sink ??= await this.openSink());
    const known = this.digest?.has(also) ? this.staged(this.digest) : null;
    const last = this.lastPiece();
    await Promise.all([
      last.length > 0 ? multipart.sendPart(last) : undefined,
      this.target.mark(known?.digests.sha256 ?? ''),
    ]);
    await multipart.complete();
    if (known) return known;
    const digest = new MultiDigest(also);
    await this.target.readAgain(digest);
    const staged = this.staged(digest);
    await this.target.mark(staged.digests.sha256);
    return staged;
  }

  /** Content of less than one part waits in memory for its address. */
  private async holdAll(also: readonly DigestAlgorithm[]): Promise<StagedBlob> {
    const content = this.lastPiece();
    this.target.hold(content);
    if (this.digest?.has(also)) return this.staged(this.digest);
    const digest = new MultiDigest(also);
    digest.update(content);
    return this.staged(digest);
  }
}
