import { limitHeapGrowth } from './heap-growth';
import { run, type RunningServices, type RunOptions } from './run';
import type { ServiceDefinition } from './service-definition';
import { untilStopped } from './until-stopped';

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

/** Makes this process run the services until it is told to stop, see {@link untilStopped}. */
export function runProcess(
  services: readonly ServiceDefinition[],
  options: RunProcessOptions = {},
): Promise<void> {
  const startedAt = performance.now();
  limitHeapGrowth();
  return untilStopped(
    () => run(services, options),
    (running) => {
      options.onReady?.(running, performance.now() - startedAt);
      const { url, port, notices } = running;
      const message: ReadyMessage = { ready: true, url, port, notices };
      process.send?.(message);
    },
  );
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
