import type { Actor, EventEnvelope } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';

/** An event and its place in the ordered log of its source. Positions grow, but may skip numbers. */
export interface LoggedEvent {
  readonly position: number;
  readonly envelope: EventEnvelope;
}

interface OutboxRow {
  event_id: string;
  type: string;
  payload: unknown;
  actor: Actor | null;
  occurred_at: Date;
  position: string;
}

/** The next events of a service's log after `position`, in order. */
export async function readLog(
  database: ServiceDatabase,
  position: number,
  limit: number,
  manager?: EntityManager,
): Promise<LoggedEvent[]> {
  const sql = `select event_id, type, payload, actor, occurred_at, position from "${database.schema}".outbox where position > $1 order by position limit $2`;
  const parameters = [position, limit];
  const rows = manager
    ? await manager.query<OutboxRow[]>(sql, parameters)
    : await database.query<OutboxRow>(sql, parameters);
  return rows.map((row) => ({
    position: Number(row.position),
    envelope: {
      id: row.event_id,
      type: row.type,
      source: database.schema,
      occurredAt: row.occurred_at.toISOString(),
      actor: row.actor,
      payload: row.payload,
    },
  }));
}

/** How far `consumer` has read the log of `source`: 0 before its first event. The row lives in the consumer's own schema. */
export async function readCursor(
  database: ServiceDatabase,
  source: string,
  consumer: string,
): Promise<number> {
  const rows = await database.query<{ position: string }>(
    `select position from "${database.schema}".event_cursor where source = $1 and consumer = $2`,
    [source, consumer],
  );
  return Number(rows[0]?.position ?? 0);
}

/**
 * Makes a commit return before it is on the disk (`SET LOCAL synchronous_commit = off` as part of a statement). For notes
 * that may be lost with a crash of the server as long as everything written after them is lost too: the write-ahead log
 * keeps that order. It keeps the events of one publish from competing with the next publish for the disk.
 */
export const relaxedCommit = `select set_config('synchronous_commit', 'off', true) as mode`;

/** Moves the cursor forward; it never goes back, whoever else moves it. */
export async function moveCursor(
  database: ServiceDatabase,
  source: string,
  consumer: string,
  position: number,
  manager?: EntityManager,
): Promise<void> {
  await (manager ?? database).query(
    `insert into "${database.schema}".event_cursor as c (source, consumer, position) values ($1, $2, $3)
     on conflict (source, consumer) do update set position = greatest(c.position, excluded.position)`,
    [source, consumer, position],
  );
}

/** Moves the cursor of a reader in this process. After a crash of the server it may be behind: its events come again. */
export async function moveCursorRelaxed(
  database: ServiceDatabase,
  source: string,
  consumer: string,
  position: number,
): Promise<void> {
  await database.query(
    `with relaxed as materialized (${relaxedCommit})
     insert into "${database.schema}".event_cursor as c (source, consumer, position)
     select $1, $2, $3::bigint from relaxed where relaxed.mode = 'off'
     on conflict (source, consumer) do update set position = greatest(c.position, excluded.position)`,
    [source, consumer, position],
  );
}
