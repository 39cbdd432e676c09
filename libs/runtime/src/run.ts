import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Settings } from '@packhouse/config';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { SECOND } from '@packhouse/kernel';
import { createClient } from '@packhouse/messaging';
import { createLogger, NestLogger, type Logger } from '@packhouse/observability';
import type { FastifyInstance } from 'fastify';
import { announceFormats } from './announce-formats';
import { Cleanup } from './cleanup';
import { checkPortIsFree, closeHttp, createHttpAdapter, listen, renderByMount } from './http-server';
import { openPlatform, type Platform } from './open-platform';
import { createRootModule } from './platform-module';
import type { ServiceDefinition } from './service-definition';
import { serveHealthAlone } from './health-server';
import { Mounts } from './url-rewriter';

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
  const groups = services.flatMap(({ settings }) => (settings ? [settings] : []));
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
  const listens = options.listen !== false && services.some(({ http }) => http);
  const wantsHealth = options.listen !== false && !listens && portIsSet(options.env ?? process.env);
  if (listens || wantsHealth) await checkPortIsFree(settings.values.server);
  const platform = await openPlatform({
    services,
    settings,
    logger,
    cleanup,
    onProgress: options.onProgress ?? (() => undefined),
  });
  const app = listens
    ? await createHttpApplication(context, platform)
    : await createSilentApplication(context, platform);
  await app.init();
  await platform.startWork(app);
  let port: number | null = null;
  if (listens) port = await listen(app as NestFastifyApplication, settings.values.server);
  if (wantsHealth) port = await serveHealthAlone(settings.values.server, platform.health, cleanup);
  if (port !== null) platform.publicUrl.setListening(port);
  await announce(context, platform);
  platform.health.markStarted();
  return {
    url: listens ? platform.publicUrl.base : null,
    port,
    notices: platform.notices.take(),
    get: (token) => app.get(token as string, { strict: false }),
  };
}

/** A core service in its own process listens only when it is told where: /health for its supervisor. */
function portIsSet(env: NodeJS.ProcessEnv): boolean {
  return (env.PACKHOUSE_PORT ?? '') !== '';
}

async function createHttpApplication(
  { services, settings, logger, cleanup }: Start,
  platform: Platform,
): Promise<INestApplication> {
  const [{ NestFactory }, { createErrorFilter }] = await Promise.all([
    import('@nestjs/core'),
    import('@packhouse/http'),
  ]);
  const mounts = new Mounts(services);
  const { server, logs } = settings.values;
  const adapter = await createHttpAdapter({
    server,
    mounts,
    publicUrl: platform.publicUrl,
    health: platform.health,
    logger,
    logRequests: ['trace', 'debug'].includes(logs.level),
  });
  const root = createRootModule(services, platform.providers);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  const Filter = createErrorFilter(renderByMount(mounts), logger);
  app.useGlobalFilters(new Filter());
  cleanup.defer('the application', () => app.close());
  cleanup.defer('the jobs', () => platform.stopJobs());
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  cleanup.defer('the HTTP server', () => closeHttp(fastify, server.shutdownSeconds * SECOND));
  cleanup.defer('the health', () => platform.health.markStopping());
  return app;
}

async function createSilentApplication(
  { services, logger, cleanup }: Start,
  platform: Platform,
): Promise<INestApplicationContext> {
  const { NestFactory } = await import('@nestjs/core');
  const root = createRootModule(services, platform.providers);
  // `init` is called by the caller, as for an application that listens.
  const app = await NestFactory.createApplicationContext(root, {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  cleanup.defer('the application', () => app.close());
  cleanup.defer('the jobs', () => platform.stopJobs());
  cleanup.defer('the health', () => platform.health.markStopping());
  return app;
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
