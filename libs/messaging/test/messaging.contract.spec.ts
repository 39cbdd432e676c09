import {
  Controller,
  Global,
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type Provider,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import {
  defineContract,
  defineEvent,
  operation,
  type Client,
  type EventEnvelope,
} from '@packhouse/contracts';
import {
  databaseToken,
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
  type ServiceDatabase,
} from '@packhouse/database';
import { silentLogger } from '@packhouse/observability';
import { z } from 'zod';
import {
  createMessaging,
  InjectClient,
  once,
  outboxMigrations,
  outboxToken,
  type LocalService,
  type Messaging,
  type Outbox,
} from '../src';
import { startNatsServer, type NatsServer } from './support/nats-server';
import { waitUntil } from './support/wait-until';

jest.setTimeout(30_000);

const orders = defineContract('orders', {
  place: operation(z.object({ thing: z.string() }), z.object({ total: z.number() })),
});
const stockContract = defineContract('stock', {
  count: operation(z.object({}), z.object({ left: z.number() })),
});
const placed = defineEvent('order.placed', z.object({ thing: z.string() }));
const contracts = [orders, stockContract];

@Controller()
class OrdersController {
  constructor(
    @Inject(databaseToken('orders')) private readonly database: ServiceDatabase,
    @Inject(outboxToken('orders')) private readonly outbox: Outbox,
    @InjectClient(stockContract) private readonly stock: Client<typeof stockContract>,
  ) {}

  @MessagePattern('orders.place')
  async place({ thing }: { thing: string }): Promise<{ total: number }> {
    await this.database.transaction((manager) => this.outbox.record(manager, placed, { thing }));
    return { total: (await this.stock.count({})).left };
  }
}

@Module({ controllers: [OrdersController] })
class OrdersModule {}

@Injectable()
class Shelf {
  readonly taken: string[] = [];
}

@Controller()
class StockController {
  constructor(
    @Inject(databaseToken('stock')) private readonly database: ServiceDatabase,
    private readonly shelf: Shelf,
  ) {}

  @MessagePattern('stock.count')
  count(): { left: number } {
    return { left: 10 - this.shelf.taken.length };
  }

  @EventPattern('order.placed')
  async take({ id, payload }: EventEnvelope<{ thing: string }>): Promise<void> {
    const isNew = await this.database.transaction((manager) => once(manager, 'stock', 'stock', id));
    if (isNew) this.shelf.taken.push(payload.thing);
  }
}

@Module({ controllers: [StockController], providers: [Shelf] })
class StockModule {}

const ordersService: LocalService = {
  name: 'orders',
  module: OrdersModule,
  contract: orders,
  schema: { name: 'orders' },
};
const stockService: LocalService = {
  name: 'stock',
  module: StockModule,
  contract: stockContract,
  schema: { name: 'stock' },
};

/** One process of the product: what the runtime does with messaging, in short. */
interface Process {
  readonly app: INestApplicationContext;
  readonly messaging: Messaging;
  stop(): Promise<void>;
}

function platform(providers: Provider[]): DynamicModule {
  @Global()
  @Module({})
  class PlatformModule {}
  return { module: PlatformModule, providers, exports: providers };
}

let postgres: ScratchPostgres;
let nats: NatsServer;

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startScratchPostgres(), startNatsServer()]);
});
afterAll(async () => {
  await postgres.stop();
  await nats.stop();
});

async function startProcess(url: string, services: LocalService[], natsUrl?: string): Promise<Process> {
  const databases = new Map<string, OpenServiceDatabase>();
  for (const { schema } of services) {
    if (!schema) continue;
    const own = { name: schema.name, entities: [], migrations: [] };
    databases.set(
      schema.name,
      await openServiceDatabase({
        url,
        schema: own,
        extraMigrations: outboxMigrations(schema.name),
        poolSize: 4,
        logger: silentLogger,
      }),
    );
  }
  const messaging = await createMessaging({
    contracts,
    sources: ['orders', 'stock'],
    settings: { natsUrl },
    logger: silentLogger,
  });
  const providers = [
    ...messaging.providers([...databases.keys()]),
    ...[...databases].map(([name, useValue]) => ({ provide: databaseToken(name), useValue })),
  ];
  const root = {
    module: class Root {},
    imports: [platform(providers), ...services.map(({ module }) => module)],
  };
  const app = await NestFactory.createApplicationContext(root, { logger: false });
  const stop = async (): Promise<void> => {
    await messaging.stop();
    await app.close();
    for (const database of databases.values()) await database.close();
  };
  try {
    await messaging.start(app, services, databases);
  } catch (error) {
    await stop();
    throw error;
  }
  return { app, messaging, stop };
}

describe.each(['in one process', 'in one process per service over NATS'])('two services %s', (mode) => {
  it('call each other and hear each other’s events', async () => {
    const url = await postgres.createDatabase();
    const processes: Process[] = [];
    try {
      if (mode === 'in one process') processes.push(await startProcess(url, [ordersService, stockService]));
      else
        processes.push(
          await startProcess(url, [stockService], nats.url),
          await startProcess(url, [ordersService], nats.url),
        );
      const client = processes.at(-1)!.app.get<Client<typeof orders>>('client:orders', { strict: false });
      await expect(client.place({ thing: 'cup' })).resolves.toEqual({ total: 10 });
      await expect(client.place({ thing: 'pan' })).resolves.toMatchObject({
        total: expect.any(Number) as number,
      });
      const shelf = processes[0]!.app.get(Shelf, { strict: false });
      await waitUntil(() => shelf.taken.length === 2, 'both events have arrived');
      expect(shelf.taken).toEqual(['cup', 'pan']);
    } finally {
      for (const one of processes.reverse()) await one.stop();
    }
  });
});

describe('the start of messaging', () => {
  it('fails when an operation of a local service has no handler', async () => {
    @Module({})
    class EmptyModule {}
    const start = startProcess(await postgres.createDatabase(), [
      { name: 'stock', module: EmptyModule, contract: stockContract },
    ]);
    await expect(start).rejects.toThrow('missing: no handler answers stock.count');
  });

  it('fails when a service without a schema receives events', async () => {
    @Controller()
    class Gossip {
      @EventPattern('order.placed')
      hear(_event: unknown): void {}
    }
    @Module({ controllers: [Gossip] })
    class GossipModule {}
    const start = startProcess(await postgres.createDatabase(), [{ name: 'gossip', module: GossipModule }]);
    await expect(start).rejects.toThrow('Gossip.hear receives events, but gossip has no schema');
  });
});
