import type { Logger } from '@packhouse/observability';

export type InvalidationListener = (keys: readonly string[]) => void;

/** The listeners of one process. One that throws does not keep word from the others. */
export class InvalidationListeners {
  private readonly listeners = new Set<{ readonly call: InvalidationListener }>();

  constructor(private readonly logger: Logger) {}

  get isEmpty(): boolean {
    return this.listeners.size === 0;
  }

  add(call: InvalidationListener): () => void {
    const entry = { call };
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  /** True when every listener has dropped the keys. */
  tell(keys: readonly string[]): boolean {
    let dropped = true;
    for (const { call } of this.listeners) {
      try {
        call(keys);
      } catch (error) {
        dropped = false;
        this.logger.error({ err: error }, 'A listener failed to forget announced facts');
      }
    }
    return dropped;
  }
}
