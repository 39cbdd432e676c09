import type { ServiceDatabase } from '@packhouse/database';
import type { Logger } from '@packhouse/observability';
import { headers, type JetStreamClient } from 'nats';
import type { EntityManager } from 'typeorm';
import { moveCursor, readLog, type LoggedEvent } from './event-log';
import { ensureStream, eventSubject, POSITION_HEADER, streamName } from './jetstream-events';
import type { NatsLink } from './nats-link';
import { JETSTREAM_READER } from './trim-outbox';
import { WakeLoop } from './wake-loop';

const BATCH = 100;
const PUBLISH_MS = 2000;
/** The publisher reads the log as a consumer of this name, in the schema of the source itself. */
const CONSUMER = JETSTREAM_READER;

/**
 * Copies the log of one service to JetStream in order of position, one publisher at a time among the replicas (an
 * advisory lock for the length of a batch). A crash between publishing and moving the cursor publishes again: the
 * stream drops what it has seen by event id, and consumers drop what lies behind their own cursor.
 */
export class JetStreamPublisher {
  private readonly loop: WakeLoop;
  private readonly jetStream: JetStreamClient;
  private streamExists = false;

  constructor(
    private readonly link: NatsLink,
    private readonly source: ServiceDatabase,
    logger: Logger,
  ) {
    this.jetStream = link.connection.jetstream({ timeout: PUBLISH_MS });
    this.loop = new WakeLoop({
      step: () => this.step(),
      everyMs: 5000,
      logger,
      what: `The publishing of events of ${source.schema}`,
    });
    link.onUp(() => this.loop.wake());
  }

  start(): void {
    this.loop.start();
  }

  notify(): void {
    this.loop.wake();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async step(): Promise<boolean> {
    if (!this.link.isUp) return false;
    try {
      if (!this.streamExists) await ensureStream(this.link, await this.link.connection.jetstreamManager());
      this.streamExists = true;
      const { failure, count } = await this.source.transaction((manager) => this.publishBatch(manager));
      if (failure) throw failure;
      return count === BATCH;
    } catch (error) {
      // It may be the stream that is gone.
      this.streamExists = false;
      throw error;
    }
  }

  /** Publishes in order up to the first failure, and commits how far it came. */
  private async publishBatch(manager: EntityManager): Promise<{ count: number; failure?: Error }> {
    const { schema } = this.source;
    const [lock] = await manager.query<Array<{ taken: boolean }>>(
      `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken`,
      [`${schema}.outbox.${CONSUMER}`],
    );
    if (!lock?.taken) return { count: 0 };
    const [cursor] = await manager.query<Array<{ position: string }>>(
      `select position from "${schema}".event_cursor where source = $1 and consumer = $2`,
      [schema, CONSUMER],
    );
    const events = await readLog(this.source, Number(cursor?.position ?? 0), BATCH, manager);
    let published: LoggedEvent | undefined;
    let failure: Error | undefined;
    for (const event of events) {
      failure = await this.publish(event).then(
        () => undefined,
        (error: Error) => error,
      );
      if (failure) break;
      published = event;
    }
    if (published) await moveCursor(this.source, schema, CONSUMER, published.position, manager);
    return { count: events.length, failure };
  }

  private async publish({ envelope, position }: LoggedEvent): Promise<void> {
    const withPosition = headers();
    withPosition.set(POSITION_HEADER, String(position));
    await this.jetStream.publish(
      eventSubject(this.link, envelope.source, envelope.type),
      JSON.stringify(envelope),
      {
        msgID: envelope.id,
        headers: withPosition,
        expect: { streamName: streamName(this.link) },
      },
    );
  }
}
