const FIRST_BYTES = 16 * 1024;

/**
 * Collects chunks in one piece of memory that grows by doubling up to `limit`. Chunks are copied: a hostile sender
 * of single bytes costs no more than its bytes, and the caller may use its chunk again.
 */
export class FillBuffer {
  private memory = Buffer.alloc(0);
  private used = 0;

  constructor(private limit: number) {}

  get length(): number {
    return this.used;
  }

  get full(): boolean {
    return this.used === this.limit;
  }

  /** Copies as much of `chunk` as fits and says how much that was. */
  take(chunk: Uint8Array): number {
    const count = Math.min(chunk.length, this.limit - this.used);
    this.reserve(this.used + count);
    this.memory.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.used);
    this.used += count;
    return count;
  }

  /** What was collected; valid until `clear`. */
  content(): Buffer {
    return this.memory.subarray(0, this.used);
  }

  /** Starts again in the same memory, which may grow to another limit. */
  clear(limit: number): void {
    this.used = 0;
    this.limit = limit;
  }

  private reserve(bytes: number): void {
    if (bytes <= this.memory.length) return;
    let size = Math.max(FIRST_BYTES, this.memory.length);
    while (size < bytes) size *= 2;
    const grown = Buffer.allocUnsafeSlow(Math.min(size, this.limit));
    grown.set(this.content());
    this.memory = grown;
  }
}
