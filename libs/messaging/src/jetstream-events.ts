import {
  AckPolicy,
  DeliverPolicy,
  nanos,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from 'nats';
import { MINUTE, DAY } from '@packhouse/kernel';
import type { NatsLink } from './nats-link';

/** Header that carries an event's position in the log of its source. */
export const POSITION_HEADER = 'Packhouse-Position';

/** How long the server waits for a sign of life of a handler before it gives the event to another replica. */
export const ACK_WAIT_MS = 10_000;

// The outbox keeps every event; the stream only has to bridge the time that a consumer is away.
const KEPT_MS = 14 * DAY;
const DUPLICATE_WINDOW_MS = 2 * MINUTE;

/** The stream of all events of a cluster: `PACKHOUSE_EVENTS`. */
export function streamName(link: NatsLink): string {
  return `${asName(link.prefix).toUpperCase()}_EVENTS`;
}

/** `packhouse.events.<source>.<type>`. */
export function eventSubject(link: NatsLink, source: string, type: string): string {
  return link.subject('events', source, type);
}

/** Makes the stream unless it is there. Safe to call from several processes at once: the same settings are the same stream. */
export async function ensureStream(link: NatsLink, manager: JetStreamManager): Promise<void> {
  const name = streamName(link);
  const exists = await manager.streams.info(name).then(
    () => true,
    (error: unknown) => {
      if ((error as { code?: string }).code === '404') return false;
      throw error;
    },
  );
  if (exists) return;
  await manager.streams.add({
    name,
    subjects: [link.subject('events', '>')],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_age: nanos(KEPT_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  });
}

/**
 * Makes the durable consumer of one source for one service, and gives its name. One event at a time is out among all
 * replicas (`max_ack_pending`), so that order holds; deliveries are not limited by the server, because an
 * event that it gave up on would be lost without a trace: the consumer counts, and parks.
 */
export async function ensureConsumer(
  link: NatsLink,
  manager: JetStreamManager,
  source: string,
  service: string,
): Promise<string> {
  const name = `${asName(source)}-${asName(service)}`;
  await manager.consumers.add(streamName(link), {
    durable_name: name,
    filter_subject: link.subject('events', source, '>'),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: 1,
    max_deliver: -1,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
  });
  return name;
}

function asName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
