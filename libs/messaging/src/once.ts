import type { EntityManager } from 'typeorm';

/**
 * True the first time that `consumer` meets the event, false ever after. Makes a handler idempotent: call it first in
 * the transaction of the handler's own work, and do nothing when it is false. If the work fails, the mark is rolled
 * back with it. `schema` is the handler's own schema; `consumer` names the handler, not only the service, when a
 * service has several handlers of one event.
 */
export async function once(
  manager: EntityManager,
  schema: string,
  consumer: string,
  eventId: string,
): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `insert into "${schema}".event_done (consumer, event_id) values ($1, $2) on conflict do nothing returning 1`,
    [consumer, eventId],
  );
  return rows.length > 0;
}
