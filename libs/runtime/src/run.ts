import { Settings } from '@packhouse/config';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { SECOND } from '@packhouse/kernel';
import { createClient } from '@packhouse/messaging';
import { createLogger, type Logger } from '@packhouse/observability';
import { announceFormats } from './announce-formats';
import { Cleanup } from './cleanup';
import { createHttpApplication, createSilentApplication } from './create-application';
import { checkPortIsFree, preloadHttp } from './http-server';
import { openPlatform, type Platform } from './open-platform';
import type { ServiceDefinition } from './service-definition';
import { serveHealthAlone } from './health-server';

/** How long a start waits for its formats to be known before it says that it is ready all the same. */
const ANNOUNCE_PATIENCE_MS = 2 * SECOND;

export interface RunOptions {
  /** Default: the environment of the process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly logger?: Logger;
  /** Told what is being done, for the terminal. */
  readonly onProgress?: (what: string) => void;
  /** False runs the services without listening for HTTP: for commands that need a service but no clients. */
  readonly listen?: boolean;
}

/** Services that run in this process. */
export interface RunningServices {
  /** Where clients reach them; null when nothing listens. */
  readonly url: string | null;
  readonly port: number | null;
  readonly settings: Settings;
  /** What services had to tell the person at the terminal, once. */
  readonly notices: readonly string[];
  /** Anything that a service provides, by its token. */
  get<T>(token: string | symbol | (abstract new (...args: never[]) => T)): T;
  /** Ends requests in flight, flushes, drains and closes everything. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Runs services in this process: all of them, or exactly one. Nothing but settings chooses the transports.
 * @throws SettingsError, StartError or DomainError with a plain sentence when the start is not possible.
 */
export async function run(
  services: readonly ServiceDefinition[],
  options: RunOptions = {},
): Promise<RunningServices> {
  const groups = services.flatMap(({ settings }) => settings ?? []);
  const settings = Settings.load(options.env ?? process.env, groups);
  const logger = options.logger ?? createLogger(settings.values.logs);
  const cleanup = new Cleanup(logger);
  const stop = (): Promise<void> => cleanup.runAll();
  try {
    const started = await start({ services, settings, logger, cleanup, options });
    return { ...started, settings, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Start {
  readonly services: readonly ServiceDefinition[];
  readonly settings: Settings;
  readonly logger: Logger;
  readonly cleanup: Cleanup;
  readonly options: RunOptions;
}

async function start(context: Start): Promise<Omit<RunningServices, 'settings' | 'stop'>> {
  const { services, settings, logger, cleanup, options } = context;
  const role = listenRole(services, options);
  if (role !== 'nothing') await checkPortIsFree(settings.values.server);
  // Loaded while Postgres starts in its own process: together they are most of a start.
  if (role === 'services') void preloadHttp();
  const platform = await openPlatform({
    services,
    settings,
    logger,
    cleanup,
    onProgress: options.onProgress ?? (() => undefined),
  });
  const parts = { services, settings, logger, cleanup, platform };
  const { app, listen } =
    role === 'services' ? await createHttpApplication(parts) : await createSilentApplication(parts);
  await app.init();
  await platform.startWork(app);
  let port = await listen();
  if (role === 'health') port = await serveHealthAlone(settings.values.server, platform.health, cleanup);
  if (port !== null) platform.publicUrl.setListening(port);
  await announce(context, platform);
  platform.health.markStarted();
  return {
    url: role === 'services' ? platform.publicUrl.base : null,
    port,
    notices: platform.notices.take(),
    get: (token) => app.get(token as string, { strict: false }),
  };
}

/** A core service in its own process listens only when it is told where, with /health for its supervisor. */
function listenRole(
  services: readonly ServiceDefinition[],
  options: RunOptions,
): 'services' | 'health' | 'nothing' {
  if (options.listen === false) return 'nothing';
  if (services.some(({ http }) => http)) return 'services';
  return ((options.env ?? process.env).PACKHOUSE_PORT ?? '') === '' ? 'nothing' : 'health';
}

async function announce({ services, logger, cleanup }: Start, platform: Platform): Promise<void> {
  const stopping = new AbortController();
  cleanup.defer('announcing formats', () => stopping.abort());
  const metadata = createClient(metadataContract, platform.bus) as MetadataClient;
  const announced = announceFormats(services, metadata, logger, stopping.signal);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ANNOUNCE_PATIENCE_MS);
  });
  await Promise.race([announced, patience]);
  clearTimeout(timer);
}
