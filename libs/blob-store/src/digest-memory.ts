import { HOUR, MultiDigest, type DigestAlgorithm } from '@packhouse/kernel';
import { LRUCache } from 'lru-cache';

/** A native hash is a few hundred bytes. */
const MOST = 2000;

/**
 * Digests of uploads that are between two requests, by the mark in the state that was written with them. A hash of this
 * runtime cannot be saved: in another process, or after an hour, the content is read again at the end instead.
 */
export class DigestMemory {
  private readonly digests = new LRUCache<string, MultiDigest>({ max: MOST, ttl: HOUR });

  keep(mark: string, digest: MultiDigest): void {
    this.digests.set(mark, digest);
  }

  /** The digest of what an upload has received, with these algorithms; null: it is not known here. */
  takeFor(
    { mark, received }: { mark: string; received: number },
    algorithms: readonly DigestAlgorithm[],
  ): MultiDigest | null {
    const digest = this.take(mark);
    if (digest?.has(algorithms)) return digest;
    return received === 0 ? new MultiDigest(algorithms) : null;
  }

  /** Gives a digest to the one writer that goes on with it. */
  take(mark: string): MultiDigest | null {
    const digest = this.digests.get(mark) ?? null;
    this.digests.delete(mark);
    return digest;
  }
}
