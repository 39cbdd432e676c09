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
