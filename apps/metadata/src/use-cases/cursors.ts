import { DomainError } from '@packhouse/kernel';
import type { z } from 'zod';

/** Opaque text that says where the next page starts. */
export function writeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Reads a cursor that a page before gave; null for the first page. Cursors come back from outside: anything may be in them. */
export function readCursor<T>(cursor: string | null, shape: z.ZodType<T>): T | null {
  if (cursor === null) return null;
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    throw new DomainError(
      'invalid_request',
      'The cursor is not one that a page before gave: start from the first page.',
      {},
      { cause },
    );
  }
}

/** The first of the rows that fit one message together; at least one. */
export function fitMessage<T>(items: readonly T[], maxBytes = 500_000): T[] {
  let bytes = 0;
  const end = items.findIndex(
    (item, index) => (bytes += Buffer.byteLength(JSON.stringify(item))) > maxBytes && index > 0,
  );
  return end === -1 ? [...items] : items.slice(0, end);
}
