import type { ServiceDatabase } from '@packhouse/database';

const BATCH = 1000;

/** How far one consumer has read a log, and what it wants of it. */
export interface LogReader {
  readonly position: number;
  /** Null: every type. */
  readonly types: readonly string[] | null;
}

/** Whether the first event of a log is older than `until`: else there is nothing to trim, and nobody has to be asked. */
export async function beginsBefore(database: ServiceDatabase, until: Date): Promise<boolean> {
  const [first] = await database.query<{ old: boolean }>(
    `select occurred_at < $1 as old from "${database.schema}".outbox order by id limit 1`,
    [until],
  );
  return first?.old === true;
}

/**
 * Deletes events of a log that are older than `until` and that every reader has passed or does not want; gives how many.
 * What some reader still has to hear stays however old it is, and so does what has no place in the log yet. In batches,
 * each a transaction of its own.
 */
export async function trimOutbox(
  database: ServiceDatabase,
  until: Date,
  readers: readonly LogReader[],
): Promise<number> {
  const passed = readers.map((_, index) => {
    const [position, types] = [`$${2 * index + 2}::bigint`, `$${2 * index + 3}::text[]`];
    return `and (position <= ${position} or (${types} is not null and type <> all(${types})))`;
  });
  const sql = `with gone as (
      delete from "${database.schema}".outbox where id in (
        select id from "${database.schema}".outbox
        where position is not null and occurred_at < $1 ${passed.join(' ')} order by position limit ${BATCH})
      returning 1)
    select count(*)::int as count from gone`;
  const parameters = [until, ...readers.flatMap(({ position, types }) => [position, types])];
  let deleted = 0;
  for (;;) {
    const [row] = await database.query<{ count: number }>(sql, parameters);
    const count = row?.count ?? 0;
    deleted += count;
    if (count < BATCH) return deleted;
  }
}

/** Forgets which events a service has done: those from before `until` that cannot come again. */
export async function forgetDoneEvents(database: ServiceDatabase, until: Date): Promise<number> {
  const { schema } = database;
  let forgotten = 0;
  for (;;) {
    const [row] = await database.query<{ count: number }>(
      `with gone as (
         delete from "${schema}".event_done where ctid = any(array(
           select done.ctid from "${schema}".event_done done where done.done_at < $1
             and not exists (select from "${schema}".event_failure f where f.event_id = done.event_id)
           limit ${BATCH}))
         returning 1)
       select count(*)::int as count from gone`,
      [until],
    );
    const count = row?.count ?? 0;
    forgotten += count;
    if (count < BATCH) return forgotten;
  }
}

/** The publisher to JetStream reads a log as one more consumer. */
export const JETSTREAM_READER = 'jetstream';
