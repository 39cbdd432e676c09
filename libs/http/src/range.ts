import { DomainError } from '@packhouse/kernel';

/** An inclusive byte range. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * One range of a Range header (RFC 9110 section 14.2), or null when the whole is to be sent: no header, another unit,
 * several ranges or a malformed one. Rejects `range_not_satisfiable` (with `size` in the details) for one beyond the end.
 */
export function parseRange(header: string | undefined, size: number): Range | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === '') return to === '' ? null : lastBytes(Number(to), size);
  const start = Number(from);
  if (start >= size) throw unsatisfiable(size);
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return end < start ? null : { start, end };
}

function lastBytes(wanted: number, size: number): Range {
  const length = Math.min(wanted, size);
  if (length === 0) throw unsatisfiable(size);
  return { start: size - length, end: size - 1 };
}

function unsatisfiable(size: number): DomainError {
  return new DomainError('range_not_satisfiable', undefined, { size });
}
