import { setTimeout as wait } from 'node:timers/promises';
import type { EventEnvelope } from '@packhouse/contracts';
import type { Logger } from '@packhouse/observability';
import type { ConsumerMessages, JsMsg } from 'nats';
import type { EventConsumer } from './event-consumer';
import { moveCursor, readCursor, type LoggedEvent } from './event-log';
import { ACK_WAIT_MS, ensureConsumer, ensureStream, POSITION_HEADER, streamName } from './jetstream-events';
import type { NatsLink } from './nats-link';

const RETRY_MS = 1000;

/**
 * Delivers the events of one source from JetStream to one consumer, in order, at least once. What lies behind the
 * consumer's own cursor was delivered before (a publisher or a consumer died at the wrong moment) and is acknowledged
 * unseen. The same cursor serves the in-process dispatcher, so a move between the modes repeats nothing.
 */
export class JetStreamConsumer {
  private readonly stopping = new AbortController();
  private messages: ConsumerMessages | null = null;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly link: NatsLink,
    private readonly source: string,
    private readonly consumer: EventConsumer,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Resolves when the event at hand is done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.messages?.stop();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.receiveAll();
      } catch (error) {
        if (signal.aborted) return;
        this.logger.warn(
          { source: this.source, consumer: this.consumer.service, err: error },
          'Events cannot be received from JetStream; trying again',
        );
      }
      await wait(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async receiveAll(): Promise<void> {
    const manager = await this.link.connection.jetstreamManager();
    await ensureStream(this.link, manager);
    const name = await ensureConsumer(this.link, manager, this.source, this.consumer.service);
    const consumer = await this.link.connection.jetstream().consumers.get(streamName(this.link), name);
    if (this.stopping.signal.aborted) return;
    this.messages = await consumer.consume({
      max_messages: 1,
      expires: 5000,
      abort_on_missing_resource: true,
    });
    if (this.stopping.signal.aborted) this.messages.stop();
    for await (const message of this.messages) await this.receive(message);
  }

  private async receive(message: JsMsg): Promise<void> {
    const event = this.read(message);
    if (!event) return message.term();
    const alive = setInterval(() => message.working(), ACK_WAIT_MS / 3);
    try {
      await this.deliverOnce(event);
      message.ack();
    } catch (error) {
      await this.recover(message, event, error);
    } finally {
      clearInterval(alive);
    }
  }

  private async deliverOnce({ envelope, position }: LoggedEvent): Promise<void> {
    const { database, service } = this.consumer;
    if (!this.consumer.wants(envelope.type)) return;
    if (position <= (await readCursor(database, this.source, service))) return;
    await this.consumer.deliver(envelope);
    await moveCursor(database, this.source, service, position);
  }

  private async recover(message: JsMsg, event: LoggedEvent, error: unknown): Promise<void> {
    const attempt = message.info.deliveryCount;
    const verdict = this.consumer.judge(event.envelope, attempt, error);
    if (verdict.then === 'retry') return message.nak(verdict.waitMs);
    try {
      await this.consumer.park(event, attempt, error);
      message.term();
    } catch (failure) {
      this.logger.error(
        { eventId: event.envelope.id, err: failure },
        'An event could not be parked; trying again',
      );
      message.nak(RETRY_MS);
    }
  }

  private read(message: JsMsg): LoggedEvent | null {
    try {
      const position = Number(message.headers?.get(POSITION_HEADER));
      if (!Number.isSafeInteger(position) || position < 1) throw new Error(`no ${POSITION_HEADER} header`);
      return { position, envelope: message.json<EventEnvelope>() };
    } catch (error) {
      this.logger.error(
        { subject: message.subject, err: error },
        'A message in the stream of events is not an event; dropped',
      );
      return null;
    }
  }
}
