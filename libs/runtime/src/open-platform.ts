import type { INestApplicationContext, InjectionToken, Provider } from '@nestjs/common';
import { BLOB_STORE, createBlobStore } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import { createCounters, SHARED_COUNTERS } from '@packhouse/counters';
import type { ServiceSchema } from '@packhouse/database';
import { PublicUrl, WarmReads } from '@packhouse/http';
import { jobsMigration } from '@packhouse/jobs';
import { createMessaging, outboxMigrations, type Bus, type Messaging } from '@packhouse/messaging';
import { HEALTH, HealthRegistry, LOGGER, type Logger } from '@packhouse/observability';
import type { Cleanup } from './cleanup';
import { prepareDataFolder } from './data-folder';
import { openDatabases } from './open-databases';
import { LocalJobs } from './open-jobs';
import { productContracts } from './product-contracts';
import { StartError } from './start-error';
import type { ServiceDefinition } from './service-definition';
import { StartNotices } from './start-notices';

export interface PlatformContext {
  readonly services: readonly ServiceDefinition[];
  readonly settings: Settings;
  readonly logger: Logger;
  readonly cleanup: Cleanup;
  readonly onProgress: (what: string) => void;
}

/** The parts under the services of one process, chosen by settings. */
export interface Platform {
  readonly bus: Bus;
  readonly health: HealthRegistry;
  readonly publicUrl: PublicUrl;
  readonly warmReads: WarmReads;
  readonly notices: StartNotices;
  /** What every service may inject. */
  readonly providers: readonly Provider[];
  /** Messages and jobs are taken from now on; the application is initialised. */
  startWork(app: INestApplicationContext): Promise<void>;
  /** Waits for the jobs at work; takes no more. */
  stopJobs(): Promise<void>;
}

/** Opens what the services stand on, in an order that `cleanup` undoes. */
export async function openPlatform(context: PlatformContext): Promise<Platform> {
  const { services, settings, logger, cleanup } = context;
  const health = new HealthRegistry();
  const notices = new StartNotices();
  const publicUrl = new PublicUrl(settings.values.server);
  const warmReads = new WarmReads();
  const schemas = services.flatMap(({ schema }) => (schema ? [schema] : []));
  const { data, database, storage } = settings.values;
  const usesFolder = (schemas.length > 0 && !database.url) || !storage.s3Endpoint;
  const dataFolder = usesFolder ? await prepareDataFolder(data.folder) : null;
  const databases = await openDatabases({ ...context, schemas, platformMigrations, dataFolder, health });
  const blobStore = await explained(createBlobStore(settings.values, logger));
  const messaging = await explained(connectMessaging(settings, logger));
  const { bus } = messaging;
  const jobs = await LocalJobs.open({ ...context, databases: databases.bySchema, bus });
  cleanup.defer('the bus', () => messaging.stop());
  const counters = await createCounters({ redisUrl: settings.values.bus.redisUrl, logger });
  cleanup.defer('the shared counters', () => counters.close());
  const values = new Map<InjectionToken, unknown>([
    [Settings, settings],
    [LOGGER, logger],
    [HEALTH, health],
    [PublicUrl, publicUrl],
    [WarmReads, warmReads],
    [StartNotices, notices],
    [BLOB_STORE, blobStore],
    [SHARED_COUNTERS, counters],
  ]);
  const providers: Provider[] = [
    ...[...values].map(([provide, useValue]) => ({ provide, useValue })),
    ...databases.providers,
    ...jobs.providers(),
    ...messaging.providers([...databases.bySchema.keys()]),
  ];
  return {
    bus,
    health,
    publicUrl,
    warmReads,
    notices,
    providers,
    startWork: async (app) => {
      await messaging.start(app, services, databases.bySchema);
      await jobs.start(app);
    },
    stopJobs: () => jobs.stop(),
  };
}

function connectMessaging(settings: Settings, logger: Logger): Promise<Messaging> {
  const sources = productContracts.map(({ service }) => service);
  return createMessaging({ contracts: productContracts, sources, settings: settings.values.bus, logger });
}

/** What these parts cannot reach they name themselves; a stack would say no more. */
function explained<T>(opening: Promise<T>): Promise<T> {
  return opening.catch((error: unknown) => {
    throw error instanceof Error && error.constructor === Error
      ? new StartError(error.message, { cause: error })
      : error;
  });
}

function platformMigrations(schema: string): ServiceSchema['migrations'] {
  return [...outboxMigrations(schema), jobsMigration(schema)];
}
