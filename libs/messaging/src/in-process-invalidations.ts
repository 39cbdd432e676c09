import type { Logger } from '@packhouse/observability';
import { InvalidationListeners, type InvalidationListener } from './invalidation-listeners';
import type { Invalidations } from './invalidations';

/** Invalidations of a process that runs every service: whoever keeps facts is told before `announce` returns. */
export class InProcessInvalidations implements Invalidations {
  readonly maxAgeMs = Infinity;
  private readonly listeners: InvalidationListeners;

  constructor(logger: Logger) {
    this.listeners = new InvalidationListeners(logger);
  }

  async announce(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) this.listeners.tell(keys);
  }

  subscribe(listener: InvalidationListener): () => void {
    return this.listeners.add(listener);
  }
}
