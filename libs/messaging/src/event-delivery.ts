import type { ServiceDatabase } from '@packhouse/database';
import type { Logger } from '@packhouse/observability';
import { EventConsumer } from './event-consumer';
import type { DiscoveredHandler } from './handler-discovery';
import { InProcessEventDispatcher } from './in-process-event-dispatcher';
import { JetStreamConsumer } from './jetstream-consumer';
import { JetStreamPublisher } from './jetstream-publisher';
import type { LocalService } from './messaging';
import type { NatsLink } from './nats-link';
import { OutboxRelay } from './outbox-relay';

interface Running {
  start(): void;
  stop(): Promise<void>;
}

/** Everything that carries events in one process: a relay per local log, and what brings logs to the local consumers. */
export class EventDelivery {
  private readonly relays = new Map<string, OutboxRelay>();
  private readonly readers = new Map<string, Array<{ notify(): void }>>();
  private readonly running: Running[] = [];
  private consumers: readonly EventConsumer[] = [];

  constructor(
    /** Null: events stay in this process. */
    private readonly link: NatsLink | null,
    private readonly sources: readonly string[],
    private readonly logger: Logger,
  ) {}

  /** An event was recorded in the outbox of `schema`. Before the start it waits for the relay's first look. */
  notify(schema: string): void {
    this.relays.get(schema)?.notify();
  }

  /** The consumer of a local service; null when it hears no events. */
  find(service: string): EventConsumer | null {
    return this.consumers.find((consumer) => consumer.service === service) ?? null;
  }

  start(
    services: readonly LocalService[],
    handlers: readonly DiscoveredHandler[],
    databases: ReadonlyMap<string, ServiceDatabase>,
  ): void {
    this.consumers = this.findConsumers(
      services,
      handlers.filter(({ kind }) => kind === 'event'),
      databases,
    );
    const { consumers } = this;
    for (const [schema, database] of databases) {
      if (this.link) this.run(schema, new JetStreamPublisher(this.link, database, this.logger));
      else
        for (const consumer of consumers)
          this.run(schema, new InProcessEventDispatcher(database, consumer, this.logger));
      const relay = new OutboxRelay(
        database,
        () => this.readers.get(schema)?.forEach((reader) => reader.notify()),
        this.logger,
        { isRelaxed: this.link === null },
      );
      this.relays.set(schema, relay);
      this.running.push(relay);
    }
    for (const consumer of consumers) {
      if (this.link)
        for (const source of this.sources)
          this.running.push(new JetStreamConsumer(this.link, source, consumer, this.logger));
    }
    for (const one of this.running) one.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((one) => one.stop()));
  }

  private run(schema: string, reader: Running & { notify(): void }): void {
    this.running.push(reader);
    this.readers.set(schema, [...(this.readers.get(schema) ?? []), reader]);
  }

  private findConsumers(
    services: readonly LocalService[],
    handlers: readonly DiscoveredHandler[],
    databases: ReadonlyMap<string, ServiceDatabase>,
  ): EventConsumer[] {
    const stray = handlers.filter(({ service }) => service === null).map(({ name }) => name);
    if (stray.length > 0)
      throw new Error(`${stray.join(', ')} receive events, but no service's module leads to them.`);
    return services.flatMap(({ name, schema }) => {
      const own = handlers.filter(({ service }) => service === name);
      if (own.length === 0) return [];
      const database = schema && databases.get(schema.name);
      if (!database)
        throw new Error(
          `${own[0]?.name} receives events, but ${name} has no schema to keep its place in: durable events need one.`,
        );
      return [new EventConsumer(name, database, own, this.logger)];
    });
  }
}
