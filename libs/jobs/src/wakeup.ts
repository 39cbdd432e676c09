/** Tells workers that there may be work, so that they need not wait for their next look at the table. Loss is harmless. */
export interface Wakeup {
  /** A job was enqueued, due at `runAt` (null: now). Never throws, never waits. */
  announce(runAt: Date | null): void;
  /** Calls `listener` when this process should look. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Wakes the workers of this process. */
export class LocalWakeup implements Wakeup {
  private readonly listeners = new Set<() => void>();

  announce(runAt: Date | null): void {
    // A later job is found by the worker's own look at what is due next.
    if (runAt !== null && runAt.getTime() > Date.now()) return;
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.listeners.clear();
  }
}
