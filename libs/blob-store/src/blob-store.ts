import type { Readable } from 'node:stream';
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

/** An inclusive byte range within a blob. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Bytes by content address (SHA-256). An upload is invisible until `promote`; what has no link in the ledger is
 * removed by its collector. Failures of the storage itself reject `storage_unavailable`.
 */
export interface BlobStore {
  startUpload(options: { algorithms: readonly DigestAlgorithm[]; maxBytes: number }): Promise<BlobUpload>;
  /** Gives staged content its address; durable (unless the fsync setting is off) when it resolves. The same content twice is fine. */
  promote(staged: StagedBlob): Promise<void>;
  /** Drops staged content. */
  discard(staged: StagedBlob): Promise<void>;
  /** Bytes of a blob, or of one range of it. Rejects `not_found`. The caller consumes or destroys the stream. */
  open(sha256: string, range?: ByteRange): Promise<Readable>;
  /** A whole small blob; faster than a stream. Rejects `not_found`. */
  readAll(sha256: string): Promise<Buffer>;
  /** Size in bytes, or null when there is no such blob. */
  stat(sha256: string): Promise<{ size: number } | null>;
  /** Removes a blob; nothing there is fine. Only the ledger's collector calls this. */
  remove(sha256: string): Promise<void>;
  /** Drops uploads that nobody has touched for `olderThanMs`; gives how many. */
  sweepUploads(olderThanMs: number): Promise<number>;
}

/** Injection token. */
export const BLOB_STORE = Symbol('BlobStore');
