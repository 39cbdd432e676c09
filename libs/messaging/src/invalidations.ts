/** The key that stands for every fact: listeners drop all they keep. Sent to own listeners when word may have been missed. */
export const EVERY_KEY = '*';

/**
 * Tells every process to forget facts that changed (keys: `factKey` of the contracts).
 * `announce` is called after the commit and before the answer; it resolves when every live process has dropped
 * the keys, or after a short limit (a process that is cut off is bounded by its cache's time-to-live instead).
 */
export interface Invalidations {
  announce(keys: readonly string[]): Promise<void>;
  /**
   * Called synchronously for each announcement, this process's own included. Returns the way to stop.
   * The key `'*'` ({@link EVERY_KEY}) means: forget everything. It comes when the connection to the other processes
   * was lost or is back, as announcements may have been missed meanwhile. A listener must not throw.
   */
  subscribe(listener: (keys: readonly string[]) => void): () => void;
  /** Longest time in milliseconds that a cached fact may be believed without word: Infinity in one process. */
  readonly maxAgeMs: number;
}

/** Injection token. */
export const INVALIDATIONS = Symbol('Invalidations');
