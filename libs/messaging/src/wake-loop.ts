import type { Logger } from '@packhouse/observability';

const LONGEST_WAIT_MS = 10_000;

export interface WakeLoopOptions {
  /** One step; true when there is more to do at once. Never runs twice at the same time. */
  readonly step: () => Promise<boolean>;
  /** Runs a step at least so often: the safety net for wake-ups that were lost. */
  readonly everyMs: number;
  readonly logger: Logger;
  /** What failed, for the log: "The relay of metadata". */
  readonly what: string;
}

/** Repeats a step whenever it is woken, and every so often; waits ever longer after failures. */
export class WakeLoop {
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;
  private running: Promise<void> | null = null;
  /** Woken while a step ran, for something that it may have missed. */
  private again = false;
  private failures = 0;
  private stopped = true;

  constructor(private readonly options: WakeLoopOptions) {}

  get isStopped(): boolean {
    return this.stopped;
  }

  start(): void {
    this.stopped = false;
    this.wake();
  }

  /** Sees to it that a step begins within `delayMs`. */
  wake(delayMs = 0): void {
    const dueAt = Date.now() + delayMs;
    // After a failure only the growing wait counts, or a busy service would hammer a database that is down.
    if (this.stopped || this.failures > 0 || dueAt >= this.dueAt) return;
    this.schedule(delayMs);
  }

  /** Resolves when the step that runs now has ended; none begins after. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    this.dueAt = Date.now() + delayMs;
    this.timer = setTimeout(() => this.begin(), delayMs);
    this.timer.unref();
  }

  private begin(): void {
    this.dueAt = Infinity;
    if (this.running) {
      this.again = true;
      return;
    }
    this.again = false;
    this.running = this.runStep().finally(() => {
      this.running = null;
    });
  }

  private async runStep(): Promise<void> {
    const { step, everyMs, logger, what } = this.options;
    try {
      const more = await step();
      this.failures = 0;
      this.wake(more || this.again ? 0 : everyMs);
    } catch (error) {
      this.failures += 1;
      const waitMs = Math.min(Math.min(everyMs, 250) * 2 ** this.failures, LONGEST_WAIT_MS);
      logger.error({ err: error, waitMs }, `${what} failed; trying again`);
      if (!this.stopped) this.schedule(waitMs);
    }
  }
}
