import { SettingsError } from '@packhouse/config';
import { isDomainError } from '@packhouse/kernel';
import { StartError } from './start-error';

/** Something that this process runs and ends in order. */
export interface Stoppable {
  stop(): Promise<void>;
}

/**
 * Starts something and keeps this process alive for it until it is told to stop: SIGINT, SIGTERM, or the end of the
 * parent that holds its channel. A second signal ends it at once. A start that fails prints its sentence and exits with 1.
 */
export async function untilStopped<T extends Stoppable>(
  start: () => Promise<T>,
  onStarted: (started: T) => void = () => undefined,
): Promise<void> {
  const stopper = new Stopper();
  let started: T;
  try {
    started = await start();
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    return process.exit(1);
  }
  stopper.take(started);
  if (!stopper.isStopping) onStarted(started);
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
  private started: Stoppable | null = null;
  private signals = 0;
  private exitCode = 0;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.signal());
    if (process.channel) process.once('disconnect', () => this.begin());
    // State after an unexpected failure is unknown: end in order, with a code that makes supervisors start us again.
    process.on('uncaughtException', (error) => this.fail(error));
    process.on('unhandledRejection', (error) => this.fail(error));
    // Whoever read this is gone: saying so would fail in the same way, and again, and again.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => this.giveUp());
  }

  take(started: Stoppable): void {
    this.started = started;
    if (this.isStopping) void this.finish(started);
  }

  private signal(): void {
    this.signals += 1;
    if (this.signals > 1) process.exit(130);
    this.begin();
  }

  private fail(error: unknown): void {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    this.giveUp();
  }

  private giveUp(): void {
    if (this.isStopping) return;
    this.exitCode = 1;
    this.begin();
  }

  private begin(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    if (this.started) void this.finish(this.started);
  }

  private async finish(started: Stoppable): Promise<void> {
    await started.stop();
    process.exit(this.exitCode);
  }
}
