import { KB, MB } from '@packhouse/kernel';
import { LRUCache } from 'lru-cache';

/** Blobs up to this size are kept in memory; larger ones stream. */
export const SMALL_BLOB_BYTES = 128 * KB;
const TOTAL_BYTES = 32 * MB;

/**
 * Contents of small blobs, the hot path of installs. The key is the content's own digest, so an entry cannot go
 * stale; it says nothing of whether the blob is still stored, so `stat` and `promote` never ask here.
 */
export class SmallBlobCache {
  private readonly entries: LRUCache<string, Buffer>;

  constructor(totalBytes: number = TOTAL_BYTES) {
    // An empty blob still costs its key, and the cache asks for sizes above zero.
    this.entries = new LRUCache({ maxSize: totalBytes, sizeCalculation: (content) => content.length + KB });
  }

  find(sha256: string): Buffer | undefined {
    return this.entries.get(sha256);
  }

  keep(sha256: string, content: Buffer): void {
    if (content.length <= SMALL_BLOB_BYTES) this.entries.set(sha256, content);
  }

  drop(sha256: string): void {
    this.entries.delete(sha256);
  }
}
