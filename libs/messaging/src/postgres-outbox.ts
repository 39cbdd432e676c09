import type { EventDefinition } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { listFaults } from './bus';
import type { Outbox } from './outbox';
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
    actorId: string | null = null,
  ): Promise<void> {
    const parsed = event.payload.safeParse(payload);
    if (!parsed.success)
      throw new Error(
        `The payload of ${event.type} does not fit its definition: ${listFaults(parsed.error)}`,
      );
    // Refused here, in the change itself: an event too large to travel would stop the whole stream behind it.
    const text = encodeMessage(parsed.data, `payload of ${event.type}`);
    await manager.query(
      `insert into "${this.schema}".outbox (event_id, type, payload, actor_id) values ($1, $2, $3::jsonb, $4)`,
      [newId(), event.type, text, actorId],
    );
    this.recorded();
  }
}
