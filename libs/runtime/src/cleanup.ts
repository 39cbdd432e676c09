import type { Logger } from '@packhouse/observability';

interface Step {
  readonly what: string;
  readonly run: () => Promise<unknown> | void;
}

/** Undoes a start, whole or half done: the steps run in the reverse order of their registration, each once. */
export class Cleanup {
  private readonly steps: Step[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly logger: Logger) {}

  defer(what: string, run: Step['run']): void {
    this.steps.push({ what, run });
  }

  /** Runs every step, also when one before it failed. Calling again waits for the same run. */
  runAll(): Promise<void> {
    this.running ??= this.runSteps();
    return this.running;
  }

  private async runSteps(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step.run();
      } catch (err) {
        this.logger.error({ err }, `Stopping failed: ${step.what}`);
      }
    }
  }
}
