import { Module, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Settings } from '@packhouse/config';
import {
  authContract,
  billingContract,
  metadataContract,
  type AuthClient,
  type MetadataClient,
} from '@packhouse/contracts';
import {
  databaseToken,
  openServiceDatabase,
  startScratchPostgres,
  type ServiceDatabase,
} from '@packhouse/database';
import { clientToken, createMessaging, outboxMigrations } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import { metadataService } from '../../src';
import { PurgeDeleted } from '../../src/jobs/purge-deleted.job';
import { FollowOwners } from '../../src/use-cases/follow-owners';
import { metadataSettings } from '../../src/metadata-settings';
import { FakeBilling } from './fake-billing';

/** An unexpected failure answers `internal`; only the log says why, so a failing test must show it. */
class FailureLogger implements Logger {
  isQuiet = false;

  error(facts: object, message: string): void {
    if (!this.isQuiet) console.error(message, facts);
  }

  debug(): void {}

  info(): void {}

  warn(): void {}

  child(): Logger {
    return this;
  }
}

/** What the runtime provides to every module of a process. */
@Module({})
class PlatformModule {
  static with(providers: NonNullable<DynamicModule['providers']>): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      providers,
      exports: providers.map((provider) => ('provide' in provider ? provider.provide : provider)),
    };
  }
}

export interface RecordedEvent {
  readonly type: string;
  readonly actorId: string | null;
  readonly payload: Record<string, unknown>;
}

/** The service as the product runs it: behind the in-process bus, on a real Postgres. */
export interface StartedMetadata {
  readonly client: MetadataClient;
  readonly database: ServiceDatabase;
  /** What says whether there is room. */
  readonly billing: FakeBilling;
  /** The job that lets go of what was deleted long ago. */
  readonly purge: PurgeDeleted;
  /** What the events of owners and repositories lead to. */
  readonly follow: FollowOwners;
  /** Keys announced so far. */
  readonly announced: string[];
  /** Events of one package, in order. */
  events(packageId: string): Promise<RecordedEvent[]>;
  /** Runs a part of a test that makes the service fail on purpose. */
  whileFailing(work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** `auth`: what the other service answers; nothing that is not asked for in most tests. */
export async function startMetadata(
  auth: Partial<Pick<AuthClient, 'listReadableIds'>> = {},
): Promise<StartedMetadata> {
  const logger = new FailureLogger();
  const postgres = await startScratchPostgres();
  const database = await openServiceDatabase({
    url: await postgres.createDatabase(),
    schema: metadataService.schema!,
    extraMigrations: outboxMigrations('metadata'),
    poolSize: 8,
    logger,
  });
  const billing = new FakeBilling();
  const contracts = [metadataContract];
  const messaging = await createMessaging({
    contracts,
    sources: ['metadata'],
    settings: { natsUrl: undefined },
    logger,
  });
  const providers = [
    ...messaging.providers(['metadata']),
    { provide: databaseToken('metadata'), useValue: database },
    { provide: Settings, useValue: Settings.load({}, [metadataSettings]) },
    { provide: LOGGER, useValue: logger },
    { provide: clientToken(authContract), useValue: auth },
    { provide: clientToken(billingContract), useValue: billing.client },
  ];
  const app = await Test.createTestingModule({
    imports: [PlatformModule.with(providers), metadataService.module],
  }).compile();
  await messaging.start(app, [metadataService], new Map([['metadata', database]]));
  const announced: string[] = [];
  messaging.invalidations.subscribe((keys) => announced.push(...keys));
  return {
    client: app.get(clientToken(metadataContract)),
    database,
    billing,
    purge: app.get(PurgeDeleted),
    follow: app.get(FollowOwners),
    announced,
    events: (packageId) =>
      database.query<RecordedEvent>(
        `SELECT type, actor->>'accountId' AS "actorId", payload FROM outbox WHERE payload->>'packageId' = $1 ORDER BY id`,
        [packageId],
      ),
    whileFailing: async (work) => {
      logger.isQuiet = true;
      await work().finally(() => (logger.isQuiet = false));
    },
    stop: async () => {
      await messaging.stop();
      await app.close();
      await database.close();
      await postgres.stop();
    },
  };
}
