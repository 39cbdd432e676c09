import type { INestApplicationContext, Provider, Type } from '@nestjs/common';
import type { BusSettings } from '@packhouse/config';
import type { Contract } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import type { Logger } from '@packhouse/observability';
import { BUS, clientProviders, type Bus } from './bus';
import { EventDelivery } from './event-delivery';
import { checkHandlers, discoverHandlers } from './handler-discovery';
import { HandlerTable } from './handler-table';
import { InProcessBus } from './in-process-bus';
import { InProcessInvalidations } from './in-process-invalidations';
import { INVALIDATIONS, type Invalidations } from './invalidations';
import { NatsBus } from './nats-bus';
import { NatsInvalidations } from './nats-invalidations';
import { connectNats, type NatsLink } from './nats-link';
import { NatsResponder } from './nats-responder';
import { outboxToken } from './outbox';
import { EVENT_CONSUMERS, type EventConsumers } from './parked-events';
import { PostgresOutbox } from './postgres-outbox';

/** What messaging needs to know of a service that runs in this process; a ServiceDefinition fits as it is. */
export interface LocalService {
  readonly name: string;
  /** Its Nest module: controllers reached from it are the service's own. */
  readonly module: Type;
  readonly contract?: Contract;
  readonly schema?: { readonly name: string };
}

export interface MessagingOptions {
  /** Every contract of the product, local or not. */
  readonly contracts: readonly Contract[];
  /** Schema names of every service of the product that records events, local or not. */
  readonly sources: readonly string[];
  /** `natsUrl` chooses the transport: set, everything goes over NATS; unset, everything stays in this process. */
  readonly settings: Pick<BusSettings, 'natsUrl'>;
  readonly logger: Logger;
  /** First word of every NATS subject and stream, so that clusters can share a server. Default `packhouse`. */
  readonly subjectPrefix?: string;
}

/** The messaging of one process. Made before the Nest application, started after it, stopped before its databases. */
export interface Messaging {
  readonly bus: Bus;
  readonly invalidations: Invalidations;
  /** Providers of BUS, INVALIDATIONS, a typed client per contract, and an Outbox per given schema; export them globally. */
  providers(outboxSchemas: readonly string[]): Provider[];
  /**
   * Finds and checks the handlers of the local services, answers their operations, relays their outboxes and delivers
   * events to their handlers. Resolves when this process may serve: other processes know that it keeps facts in memory.
   * `databases`: by schema name, one for each local service that has a schema.
   */
  start(
    app: INestApplicationContext,
    services: readonly LocalService[],
    databases: ReadonlyMap<string, ServiceDatabase>,
  ): Promise<void>;
  /** Answers what has arrived, stops relaying, leaves the transport. Call it after HTTP has drained, before the databases close. */
  stop(): Promise<void>;
}

/** Makes the messaging of this process; with `natsUrl` set it connects first, and rejects with a plain sentence when it cannot. */
export async function createMessaging(options: MessagingOptions): Promise<Messaging> {
  const { contracts, sources, settings, logger, subjectPrefix } = options;
  const transport = settings.natsUrl
    ? natsTransport(await connectNats(settings.natsUrl, logger, { subjectPrefix }), logger)
    : inProcessTransport(logger);
  const { bus, invalidations, link } = transport;
  const events = new EventDelivery(link, sources, logger);
  return {
    bus,
    invalidations,
    providers: (outboxSchemas) => [
      { provide: BUS, useValue: bus },
      { provide: INVALIDATIONS, useValue: invalidations },
      { provide: EVENT_CONSUMERS, useValue: events satisfies EventConsumers },
      ...clientProviders(contracts),
      ...outboxSchemas.map((schema) => ({
        provide: outboxToken(schema),
        useValue: new PostgresOutbox(schema, () => events.notify(schema)),
      })),
    ],
    start: async (app, services, databases) => {
      const local = services.flatMap(({ contract }) => (contract ? [contract] : []));
      const handlers = discoverHandlers(app, services);
      checkHandlers(local, handlers);
      await transport.open(new HandlerTable(local, handlers, logger), local);
      events.start(services, handlers, databases);
    },
    stop: async () => {
      await transport.stopAnswering();
      await events.stop();
      await transport.leave();
    },
  };
}

/** What differs between the modes. */
interface Transport {
  readonly bus: Bus;
  readonly invalidations: Invalidations;
  readonly link: NatsLink | null;
  open(table: HandlerTable, contracts: readonly Contract[]): Promise<void>;
  stopAnswering(): Promise<void>;
  leave(): Promise<void>;
}

function inProcessTransport(logger: Logger): Transport {
  const bus = new InProcessBus();
  return {
    bus,
    invalidations: new InProcessInvalidations(logger),
    link: null,
    open: async (table) => bus.open(table),
    // Event handlers that end now may still ask other services.
    stopAnswering: async () => undefined,
    leave: async () => bus.close(),
  };
}

function natsTransport(link: NatsLink, logger: Logger): Transport {
  const invalidations = new NatsInvalidations(link, logger);
  let responder: NatsResponder | null = null;
  return {
    bus: new NatsBus(link),
    invalidations,
    link,
    open: async (table, contracts) => {
      // First the word of changes, then the answers that are made of remembered facts.
      await invalidations.ready();
      responder = new NatsResponder(link, table, logger);
      await responder.start(contracts);
    },
    stopAnswering: async () => responder?.stop(),
    leave: async () => {
      await invalidations.stop();
      await link.close();
    },
  };
}
