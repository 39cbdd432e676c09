import { SettingsError } from '@packhouse/config';
import { isDomainError } from '@packhouse/kernel';
import { run, type RunningServices, type RunOptions } from './run';
import type { ServiceDefinition } from './service-definition';
import { StartError } from './start-error';

export interface RunProcessOptions extends RunOptions {
  /** Called once everything serves; the place for a start screen. */
  readonly onReady?: (running: RunningServices, startedInMs: number) => void;
}

/** What a parent process is told over its channel when this one serves. */
export interface ReadyMessage {
  readonly ready: true;
  readonly url: string | null;
  readonly port: number | null;
  readonly notices: readonly string[];
}

/**
 * Makes this process run the services until it is told to stop: SIGINT, SIGTERM, or the end of the parent that holds
 * its channel. A second signal ends it at once. Never returns in any other way than by the end of the process.
 */
export async function runProcess(
  services: readonly ServiceDefinition[],
  options: RunProcessOptions = {},
): Promise<void> {
  const startedAt = performance.now();
  const stopper = new Stopper();
  let running: RunningServices;
  try {
    running = await run(services, options);
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    return process.exit(1);
  }
  stopper.take(running);
  if (stopper.isStopping) return;
  options.onReady?.(running, performance.now() - startedAt);
  const message: ReadyMessage = {
    ready: true,
    url: running.url,
    port: running.port,
    notices: running.notices,
  };
  process.send?.(message);
}

/** `packhouse serve NAME` without the rest of the product: a service's own `main.ts`. */
export function runAlone(service: ServiceDefinition): void {
  void runProcess([service], {
    onReady: ({ url, notices }) => {
      const lines = [`Packhouse ${service.name} is ready${url ? ` at ${url}` : ''}.`, ...notices];
      process.stdout.write(`${lines.join('\n')}\n`);
    },
  });
}

/** One sentence for what a person can mend; a stack only for faults of our own. */
export function explainFailure(error: unknown): string {
  if (error instanceof SettingsError || error instanceof StartError || isDomainError(error))
    return error.message;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Packhouse could not start because of a fault of its own; please report these lines.\n${text}`;
}

/** Turns signals into an orderly end, also when they come before the start is done. */
class Stopper {
  isStopping = false;
  private running: RunningServices | null = null;
  private signals = 0;
  private exitCode = 0;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.signal());
    if (process.channel) process.once('disconnect', () => this.begin());
    // State after an unexpected failure is unknown: end in order, with a code that makes supervisors start us again.
    process.on('uncaughtException', (error) => this.fail(error));
    process.on('unhandledRejection', (error) => this.fail(error));
  }

  take(running: RunningServices): void {
    this.running = running;
    if (this.isStopping) void this.finish(running);
  }

  private signal(): void {
    this.signals += 1;
    if (this.signals > 1) process.exit(130);
    this.begin();
  }

  private fail(error: unknown): void {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    if (this.isStopping) return;
    this.exitCode = 1;
    this.begin();
  }

  private begin(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    if (this.running) void this.finish(this.running);
  }

  private async finish(running: RunningServices): Promise<void> {
    await running.stop();
    process.exit(this.exitCode);
  }
}
