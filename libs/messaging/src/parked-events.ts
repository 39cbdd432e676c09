import {
  maintenanceEvents,
  type Actor,
  type EventEnvelope,
  type MaintenanceClient,
  type ParkedEvent,
} from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { describeFailure, type EventConsumer } from './event-consumer';
import { readCursor } from './event-log';
import type { Outbox } from './outbox';

/** The consumers of events in this process, by service. */
export interface EventConsumers {
  /** Null: the service hears no events. */
  find(service: string): EventConsumer | null;
}

/** Injection token of {@link EventConsumers}; what it gives is complete once messaging has started. */
export const EVENT_CONSUMERS = Symbol('event consumers');

/** Beginnings of texts are enough for people, and fit a message. */
const MOST_TEXT = 2000;

interface Row {
  event_id: string;
  source: string;
  type: string;
  payload: unknown;
  actor: Actor | null;
  occurred_at: Date;
  failed_at: Date;
  error: string;
  attempts: number;
}

type Retry = Awaited<ReturnType<MaintenanceClient['retryParkedEvent']>>;

/** What one service could not take: shown, tried again, or given up. */
export class ParkedEvents {
  private readonly table: string;

  constructor(
    private readonly service: string,
    private readonly database: ServiceDatabase,
    private readonly outbox: Outbox,
    private readonly consumers: EventConsumers,
  ) {
    this.table = `"${database.schema}".event_failure`;
  }

  /** How far the service has read the log of a source. */
  async findReader(source: string): Promise<{ position: number; types: string[] } | null> {
    const consumer = this.consumers.find(this.service);
    if (!consumer) return null;
    return { position: await readCursor(this.database, source, this.service), types: consumer.wantedTypes };
  }

  async list(offset: number, limit: number): Promise<{ items: ParkedEvent[]; total: number }> {
    const rows = await this.database.query<Row>(
      `select event_id, source, type, payload, error, attempts, failed_at from ${this.table}
       where consumer = $1 order by failed_at, event_id offset $2 limit $3`,
      [this.service, offset, limit],
    );
    const [all] = await this.database.query<{ total: number }>(
      `select count(*)::int as total from ${this.table} where consumer = $1`,
      [this.service],
    );
    const items = rows.map((row) => ({
      ...{ eventId: row.event_id, source: row.source, type: row.type, attempts: row.attempts },
      payload: JSON.stringify(row.payload).slice(0, MOST_TEXT),
      error: row.error.slice(0, MOST_TEXT),
      failedAt: row.failed_at.toISOString(),
    }));
    return { items, total: all?.total ?? 0 };
  }

  /**
   * Delivers a parked event now. The row is locked meanwhile, so that two operators deliver it once. @throws DomainError
   * `not_found` when it is not parked or somebody else is at it.
   */
  retry(eventId: string, actor: Actor): Promise<Retry> {
    return this.database.transaction(async (manager) => {
      const row = await this.lock(manager, eventId);
      const outcome = await this.deliver(row);
      await (outcome.outcome === 'delivered'
        ? this.remove(manager, eventId)
        : this.noteFailure(manager, eventId, outcome.error));
      const told = { ...this.refOf(row), outcome: outcome.outcome };
      await this.outbox.record(manager, maintenanceEvents.eventRetried, told, actor);
      return outcome;
    });
  }

  /** Gives a parked event up. @throws DomainError `not_found` as {@link retry}. */
  discard(eventId: string, actor: Actor): Promise<void> {
    return this.database.transaction(async (manager) => {
      const row = await this.lock(manager, eventId);
      await this.remove(manager, eventId);
      await this.outbox.record(manager, maintenanceEvents.eventDiscarded, this.refOf(row), actor);
    });
  }

  private async deliver(row: Row): Promise<Retry> {
    const consumer = this.consumers.find(this.service);
    if (!consumer?.wants(row.type))
      return {
        outcome: 'failed',
        error: `${this.service} has no handler of ${row.type} any more: discard it.`,
      };
    try {
      await consumer.deliver(envelopeOf(row));
      return { outcome: 'delivered' };
    } catch (error) {
      return { outcome: 'failed', error: describeFailure(error).slice(0, MOST_TEXT) };
    }
  }

  private async lock(manager: EntityManager, eventId: string): Promise<Row> {
    const [row] = await manager.query<Row[]>(
      `select * from ${this.table} where consumer = $1 and event_id = $2 for update skip locked`,
      [this.service, eventId],
    );
    if (row) return row;
    throw new DomainError(
      'not_found',
      `${this.service} has no parked event ${eventId}, or it is being tried at this moment.`,
    );
  }

  private async remove(manager: EntityManager, eventId: string): Promise<void> {
    await manager.query(`delete from ${this.table} where consumer = $1 and event_id = $2`, [
      this.service,
      eventId,
    ]);
  }

  private async noteFailure(manager: EntityManager, eventId: string, error: string): Promise<void> {
    await manager.query(
      `update ${this.table} set error = $3, attempts = attempts + 1, failed_at = now() where consumer = $1 and event_id = $2`,
      [this.service, eventId, error],
    );
  }

  private refOf(row: Row) {
    return { service: this.service, eventId: row.event_id, eventType: row.type, source: row.source };
  }
}

function envelopeOf(row: Row): EventEnvelope {
  return {
    ...{ id: row.event_id, type: row.type, source: row.source, actor: row.actor, payload: row.payload },
    occurredAt: row.occurred_at.toISOString(),
  };
}
