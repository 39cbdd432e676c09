import type { ServiceDatabase } from '@packhouse/database';
import { DomainError, type Page } from '@packhouse/kernel';

/** Cursors come back from clients: only the shape that was given out is taken. */
export function readCursor(cursor: string | null, shape: RegExp): string | null {
  if (cursor !== null && (cursor.length > 200 || !shape.test(cursor))) {
    throw new DomainError('invalid_request', 'The cursor is not one of this list: begin again without it.');
  }
  return cursor;
}

export const uuidCursor = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const nameCursor = /^[a-z0-9._-]{1,100}$/;

/** A page from `limit + 1` rows: the row too many only says that there are more. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string,
  toItem: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  };
}

/** A list that is shown in numbered pages: its rows in SQL, in an order that is the same every time. */
export interface NumberedList {
  /** Common table expressions before the query, `WITH` included. */
  readonly with?: string;
  readonly columns: string;
  /** From `FROM` on, without order and limits. */
  readonly from: string;
  readonly order: string;
  readonly values: readonly unknown[];
}

/** One part of a list and the length of the whole; the whole is only counted when the part does not end it. */
export async function readSlice<Row>(
  database: ServiceDatabase,
  list: NumberedList,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ rows: Row[]; total: number }> {
  const prefix = list.with ?? '';
  const { values } = list;
  const rows = await database.query<Row>(
    `${prefix} SELECT ${list.columns} ${list.from} ORDER BY ${list.order} LIMIT $${values.length + 1} OFFSET $${values.length + 2}`,
    [...values, limit, offset],
  );
  if (rows.length < limit && (rows.length > 0 || offset === 0)) return { rows, total: offset + rows.length };
  const [count] = await database.query<{ total: number }>(
    `${prefix} SELECT count(*) AS total ${list.from}`,
    values,
  );
  return { rows, total: count?.total ?? 0 };
}
