import type { Actor, EventDefinition } from '@packhouse/contracts';
import { sendPrepared } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { listFaults } from './bus';
import type { EventDraft, Outbox } from './outbox';
import { encodeMessage } from './wire';

/** Writes events into `<schema>.outbox` in the transaction of the change that they tell of. */
export class PostgresOutbox implements Outbox {
  /** `recorded` is called for each event, before its transaction commits: a hint to look for new rows soon. */
  constructor(
    private readonly schema: string,
    private readonly recorded: () => void,
  ) {}

  async record<E extends EventDefinition>(
    manager: EntityManager,
    event: E,
    payload: unknown,
    actor: Actor | null = null,
  ): Promise<void> {
    await this.recordAll(manager, [{ event, payload }], actor);
  }

  async recordAll(
    manager: EntityManager,
    drafts: readonly EventDraft[],
    actor: Actor | null = null,
  ): Promise<void> {
    if (drafts.length === 0) return;
    const texts = drafts.map(encodePayload);
    sendPrepared(
      manager,
      `record-events-${this.schema}`,
      `insert into "${this.schema}".outbox (event_id, type, payload, actor)
       select e.event_id, e.type, e.payload::jsonb, $4::jsonb
       from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as e(event_id, type, payload, place) order by e.place`,
      [
        drafts.map(() => newId()),
        drafts.map(({ event }) => event.type),
        texts,
        actor && JSON.stringify(actor),
      ],
    );
    this.recorded();
  }
}

/** Refused here, in the change itself: an event that does not fit or cannot travel would stop the stream behind it. */
function encodePayload({ event, payload }: EventDraft): string {
  const parsed = event.payload.safeParse(payload);
  if (!parsed.success)
    throw new Error(`The payload of ${event.type} does not fit its definition: ${listFaults(parsed.error)}`);
  return encodeMessage(parsed.data, `payload of ${event.type}`);
}
