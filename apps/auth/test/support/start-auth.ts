import { Global, Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Settings } from '@packhouse/config';
import { createCounters, MemoryCounters, SHARED_COUNTERS, type SharedCounters } from '@packhouse/counters';
import { authContract, type AuthClient } from '@packhouse/contracts';
import {
  databaseToken,
  openServiceDatabase,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { FrozenClock } from '@packhouse/kernel';
import { clientToken, createMessaging, outboxMigrations, type Messaging } from '@packhouse/messaging';
import { LOGGER, silentLogger } from '@packhouse/observability';
import { StartNotices } from '@packhouse/runtime';
import { authSchema, authService } from '../../src';
import { CLOCK } from '../../src/clock';

/** For changes of which it does not matter who makes them. */
export const someActor = { accountId: '01900000-0000-7000-8000-0000000000aa', login: 'somebody' };

@Global()
@Module({})
class Surroundings {
  static of(providers: Provider[]): DynamicModule {
    return {
      module: Surroundings,
      global: true,
      providers,
      exports: providers.map((one) => (one as { provide: symbol }).provide),
    };
  }
}

/** One replica of the service on a real database, asked through the bus as its callers ask it. */
export class AuthReplica {
  private constructor(
    private readonly module: TestingModule,
    private readonly messaging: Messaging,
    private readonly counters: SharedCounters,
    readonly database: OpenServiceDatabase,
    readonly clock: FrozenClock,
    readonly notices: StartNotices,
  ) {}

  /** `natsUrl`: with other replicas beside it; by default it is alone. With `redisUrl` they count together. */
  static async start(
    url: string,
    env: NodeJS.ProcessEnv = {},
    natsUrl?: string,
    redisUrl?: string,
  ): Promise<AuthReplica> {
    const clock = new FrozenClock();
    const counters = redisUrl
      ? await createCounters({ redisUrl, logger: silentLogger })
      : new MemoryCounters(() => clock.now().getTime());
    const notices = new StartNotices();
    const database = await openServiceDatabase({
      url,
      schema: authSchema,
      extraMigrations: outboxMigrations('auth'),
      poolSize: 6,
      logger: silentLogger,
    });
    const messaging = await createMessaging({
      contracts: [authContract],
      sources: ['auth'],
      settings: { natsUrl },
      logger: silentLogger,
    });
    const surroundings = Surroundings.of([
      { provide: databaseToken('auth'), useValue: database },
      { provide: LOGGER, useValue: silentLogger },
      { provide: Settings, useValue: Settings.load(env) },
      { provide: StartNotices, useValue: notices },
      { provide: SHARED_COUNTERS, useValue: counters },
      ...messaging.providers(['auth']),
    ]);
    const module = await Test.createTestingModule({ imports: [surroundings, authService.module] })
      .overrideProvider(CLOCK)
      .useValue(clock)
      .compile();
    await module.init();
    await messaging.start(module, [authService], new Map([['auth', database]]));
    return new AuthReplica(module, messaging, counters, database, clock, notices);
  }

  get client(): AuthClient {
    return this.module.get<AuthClient>(clientToken(authContract), { strict: false });
  }

  get<T>(type: Type<T> | symbol): T {
    return this.module.get(type, { strict: false });
  }

  /** Types of the events recorded so far, in order. */
  async eventTypes(): Promise<string[]> {
    const rows = await this.database.query<{ type: string }>('SELECT type FROM outbox ORDER BY id');
    return rows.map(({ type }) => type);
  }

  async stop(): Promise<void> {
    await this.messaging.stop();
    await this.module.close();
    await this.counters.close();
    await this.database.close();
  }
}

/** A replica on a database of its own. The first administrator takes the first account. */
export async function startAuth(
  postgres: ScratchPostgres,
  env: NodeJS.ProcessEnv = {},
): Promise<AuthReplica> {
  return AuthReplica.start(await postgres.createDatabase(), env);
}
