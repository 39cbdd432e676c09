import { registryError } from './registry-error';

/** Which bytes of a blob a chunk has; both ends are part of it. */
export interface ChunkRange {
  readonly start: number;
  readonly end: number;
}

/** `Content-Range` as uploads write it: `0-1023`; some clients write it as answers do, `bytes 0-1023/2048`. */
const shape = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/;

/**
 * The range that a chunk claims to have; null when it claims none. Rejects `SIZE_INVALID` when the body's length, where
 * it is known, is another than the range's, and `RANGE_INVALID` for one that is none.
 */
export function readContentRange(
  header: string | undefined,
  contentLength: number | null,
): ChunkRange | null {
  if (header === undefined) return null;
  const [, from, to] = shape.exec(header.trim()) ?? [];
  const range = { start: Number(from), end: Number(to) };
  if (from === undefined || range.end < range.start)
    throw registryError(
      'RANGE_INVALID',
      `"${header.slice(0, 100)}" is not a range of an upload: send "Content-Range: FIRST-LAST", the numbers of the first and the last byte.`,
    );
  if (contentLength !== null && contentLength !== range.end - range.start + 1)
    throw registryError(
      'SIZE_INVALID',
      `The chunk has ${contentLength} bytes, and its Content-Range ${range.end - range.start + 1}.`,
    );
  return range;
}

/** `Range` of an upload's answers. An empty one is `0-0`: clients cannot read an end before the start. */
export function uploadRange(received: number): string {
  return `0-${Math.max(received - 1, 0)}`;
}
