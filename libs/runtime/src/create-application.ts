import type { INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '@packhouse/config';
import { createErrorFilter } from '@packhouse/http';
import { SECOND } from '@packhouse/kernel';
import { NestLogger, type Logger } from '@packhouse/observability';
import type { FastifyInstance } from 'fastify';
import type { Cleanup } from './cleanup';
import { closeHttp, createHttpAdapter, listen, renderByMount } from './http-server';
import type { Platform } from './open-platform';
import { createRootModule } from './platform-module';
import type { ServiceDefinition } from './service-definition';
import { Mounts } from './url-rewriter';

export interface ApplicationParts {
  readonly services: readonly ServiceDefinition[];
  readonly settings: Settings;
  readonly logger: Logger;
  readonly cleanup: Cleanup;
  readonly platform: Platform;
}

/** The Nest application of a process, not initialised yet. */
export interface Application {
  readonly app: INestApplicationContext;
  /** Gives the port, or null when nothing is to be listened for. */
  readonly listen: () => Promise<number | null>;
}

/** One application with the routes of all its services on one HTTP server. */
export async function createHttpApplication(parts: ApplicationParts): Promise<Application> {
  const { services, settings, logger, cleanup, platform } = parts;
  const { NestFactory } = await import('@nestjs/core');
  const mounts = new Mounts(services);
  const { server, logs } = settings.values;
  const adapter = await createHttpAdapter({
    server,
    mounts,
    publicUrl: platform.publicUrl,
    warmReads: platform.warmReads,
    health: platform.health,
    logger,
    logRequests: ['trace', 'debug'].includes(logs.level),
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    createRootModule(services, platform.providers),
    adapter,
    {
      logger: new NestLogger(logger),
      abortOnError: false,
      bodyParser: false,
    },
  );
  const Filter = createErrorFilter(renderByMount(mounts), logger);
  app.useGlobalFilters(new Filter());
  deferStop(parts, app);
  const fastify = adapter.getInstance<FastifyInstance>();
  cleanup.defer('the HTTP server', () => closeHttp(fastify, server.shutdownSeconds * SECOND));
  cleanup.defer('the health', () => platform.health.markStopping());
  return { app, listen: () => listen(app, server) };
}

/** An application that answers the bus only. */
export async function createSilentApplication(parts: ApplicationParts): Promise<Application> {
  const { services, logger, cleanup, platform } = parts;
  const { NestFactory } = await import('@nestjs/core');
  const root = createRootModule(services, platform.providers);
  const app = await NestFactory.createApplicationContext(root, {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  deferStop(parts, app);
  cleanup.defer('the health', () => platform.health.markStopping());
  return { app, listen: () => Promise.resolve(null) };
}

/** The jobs end before the application that they are part of; its own shutdown hooks flush what is in memory. */
function deferStop({ cleanup, platform }: ApplicationParts, app: INestApplicationContext): void {
  cleanup.defer('the application', () => app.close());
  cleanup.defer('the jobs', () => platform.stopJobs());
}
