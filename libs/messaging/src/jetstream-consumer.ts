import { setTimeout as wait } from 'node:timers/promises';
import type { EventEnvelope } from '@packhouse/contracts';
import type { Logger } from '@packhouse/observability';
import type { EventConsumer } from './event-consumer';
import { moveCursor, readCursor, type LoggedEvent } from './event-log';
import { ACK_WAIT_MS, ensureConsumer, ensureStream, POSITION_HEADER, streamName } from './jetstream-events';
import { PullSubscription, type PulledMessage } from './jetstream-pull';
import type { NatsLink } from './nats-link';

const RETRY_MS = 500;

/**
 * Delivers the events of one source from JetStream to one consumer, in order, at least once. What lies behind the
 * consumer's own cursor was delivered before (a publisher or a consumer died at the wrong moment) and is acknowledged
 * unseen. The same cursor serves the in-process dispatcher, so a move between the modes repeats nothing.
 */
export class JetStreamConsumer {
  private readonly stopping = new AbortController();
  private pulling: PullSubscription | null = null;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly link: NatsLink,
    private readonly source: string,
    private readonly consumer: EventConsumer,
    private readonly logger: Logger,
  ) {
    // A pull request does not survive the connection.
    link.onUp(() => void this.pulling?.close());
  }

  start(): void {
    this.running = this.run();
  }

  /** Resolves when the event at hand is done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.pulling?.close();
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
    const pulling = new PullSubscription(this.link, streamName(this.link), name);
    this.pulling = pulling;
    try {
      while (!this.stopping.signal.aborted && !pulling.isClosed) {
        const message = await pulling.next();
        if (message) await this.receive(message);
      }
    } finally {
      await pulling.close();
    }
  }

  private async receive(message: PulledMessage): Promise<void> {
    const event = this.read(message);
    if (!event) return message.drop();
    const alive = setInterval(() => message.stillWorking(), ACK_WAIT_MS / 3);
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

  private async recover(message: PulledMessage, event: LoggedEvent, error: unknown): Promise<void> {
    const attempt = message.deliveryCount;
    const verdict = this.consumer.judge(event.envelope, attempt, error);
    if (verdict.then === 'retry') return message.retryAfter(verdict.waitMs);
    try {
      await this.consumer.park(event, attempt, error);
      message.drop();
    } catch (failure) {
      this.logger.error(
        { eventId: event.envelope.id, err: failure },
        'An event could not be parked; trying again',
      );
      message.retryAfter(RETRY_MS);
    }
  }

  private read({ message }: PulledMessage): LoggedEvent | null {
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
