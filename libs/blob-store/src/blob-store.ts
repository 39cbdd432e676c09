import type { DigestAlgorithm, Digests } from '@packhouse/kernel';

/** Content that was received whole, but has no address yet. */
export interface StagedBlob {
  readonly uploadId: string;
  readonly size: number;
  readonly digests: Digests;
}

/** One upload in progress. Exactly one of `finish` and `abort` ends it. */
export interface BlobUpload {
  /** Takes a chunk; resolves when more may be sent (backpressure). Rejects `payload_too_large` above the limit. */
  write(chunk: Uint8Array): Promise<void>;
  /** Flushes and gives the digests. The content may still be on its way to the disk: `promote` waits for it. */
  finish(): Promise<StagedBlob>;
  /** Drops what was received; safe to call at any time, also after a failure. */
  abort(): Promise<void>;
}

/** What a store must know to go on with an upload: a text that nobody else reads. */
export type UploadState = string;

/** How far an upload has come for certain. */
export interface UploadProgress {
  /** Bytes that are durable. */
  readonly received: number;
  readonly state: UploadState;
}

/** Which upload is to go on, and for what. */
export interface ResumeOptions {
  /** Of the last `pause`; null: nothing has come yet. */
  readonly state: UploadState | null;
  /** The writer before this one was cut off and may not know it: it must not be able to touch what this one writes. */
  readonly interrupted: boolean;
  /** Digests to compute along the way; SHA-256 always is. */
  readonly algorithms: readonly DigestAlgorithm[];
  readonly maxBytes: number;
}

/**
 * Content that arrives over several requests, to whichever process they go. `resumeUpload` opens it, exactly one of `pause`,
 * `finish` and `abort` closes it. Whoever keeps the state (the ledger) sees to it that one writer is at work at a time,
 * and records a new state before it acknowledges anything: after a crash the upload is where the recorded state says.
 */
export interface ResumableUpload {
  /** Bytes so far, those that are not durable yet included. */
  readonly received: number;
  /** As `BlobUpload.write`. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes what has come durable (unless the fsync setting is off) and closes. The states before stay usable until then. */
  pause(): Promise<UploadProgress>;
  /**
   * Ends the upload and gives its digests. They are at hand when all bytes passed through this process and `also` was
   * among the algorithms; otherwise the content is read again.
   */
  finish(also?: readonly DigestAlgorithm[]): Promise<StagedBlob>;
  /** Lets go of what came since it was opened. Safe at any time. */
  abort(): Promise<void>;
}

/** An inclusive byte range within a blob. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** For which request a URL is signed, and how long it is valid. */
export interface PresignOptions {
  readonly method: 'GET' | 'HEAD';
  readonly seconds: number;
  /** What the storage says of the content. */
  readonly contentType: string;
}

/** Content as it lies in the storage. */
export interface StoredBlob {
  readonly sha256: string;
  /** Null: what is at the address leads to nothing. */
  readonly size: number | null;
  readonly modifiedMs: number;
}

/** Content that seems to have no address. */
export interface StrayContent {
  readonly uploadId: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/** One page of an inventory. */
export interface InventoryPage {
  readonly blobs: readonly StoredBlob[];
  readonly strays: readonly StrayContent[];
}

/** Takes a part of some content; once its promise has resolved the memory is used again for other bytes. */
export type TakePiece = (piece: Buffer) => Promise<void>;

/**
 * Bytes by content address (SHA-256). An upload is invisible until `promote`; what has no link in the ledger is
 * removed by its collector. Failures of the storage itself reject `storage_unavailable`.
 */
export interface BlobStore {
  startUpload(options: { algorithms: readonly DigestAlgorithm[]; maxBytes: number }): Promise<BlobUpload>;
  /** Opens an upload to go on with it. Rejects `not_found` when its bytes are gone. */
  resumeUpload(options: ResumeOptions): Promise<ResumableUpload>;
  /** Drops what was received up to this state of an upload that will not go on. */
  dropUpload(state: UploadState): Promise<void>;
  /** Gives staged content its address; durable (unless the fsync setting is off) when it resolves. The same content twice is fine. */
  promote(staged: StagedBlob): Promise<void>;
  /** Drops staged content. */
  discard(staged: StagedBlob): Promise<void>;
  /**
   * Gives the bytes of a blob, or of one range of it, to `take`, a piece after the other as fast as it takes them. Rejects
   * `not_found` and `range_not_satisfiable` before the first piece, and with what `take` rejects with. `signal` ends the wait for
   * a piece that may never come: then it rejects with its reason.
   */
  copyTo(sha256: string, range: ByteRange | undefined, take: TakePiece, signal?: AbortSignal): Promise<void>;
  /** A whole small blob; faster than piece by piece. Rejects `not_found`. */
  readAll(sha256: string): Promise<Buffer>;
  /** Size in bytes, or null when there is no such blob. */
  stat(sha256: string): Promise<{ size: number } | null>;
  /**
   * A URL at which whoever has it reads the blob, without other credentials, for so many seconds. Null: this store has none.
   * Rejects `not_found`.
   */
  presign(sha256: string, options: PresignOptions): Promise<string | null>;
  /** Where a web server before us finds the blob below the store's folder; null: not on this machine's disk. Asks nothing. */
  pathOf(sha256: string): string | null;
  /** Removes a blob; nothing there is fine. Only the ledger calls this. */
  remove(sha256: string): Promise<void>;
  /**
   * Walks what is stored, a page at a time, and nothing before it is asked for: all addresses in their order, then what seems to
   * have none. What comes or goes meanwhile may be on a page or not.
   */
  takeInventory(): AsyncIterable<InventoryPage>;
  /** One address as an inventory would show it now; null: nothing is there. Knows nothing from memory. */
  inspect(sha256: string): Promise<StoredBlob | null>;
  /** Removes content that has no address indeed, and that no sweep of uploads will find; false: it stays. */
  removeStray(uploadId: string): Promise<boolean>;
  /** Drops uploads that nobody has touched for `olderThanMs`; gives how many. */
  sweepUploads(olderThanMs: number): Promise<number>;
}

/** Injection token. */
export const BLOB_STORE = Symbol('BlobStore');
