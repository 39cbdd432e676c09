import { rangeOutside } from './blob-address';
import type { ByteRange } from './blob-store';

/** Both ends of the wanted range; an end beyond the content means its last byte (RFC 9110, section 14.1.2). */
export function rangeWithin(range: ByteRange | undefined, size: number): ByteRange {
  if (!range) return { start: 0, end: size - 1 };
  if (range.start < 0 || range.start >= size || range.end < range.start) throw rangeOutside(size);
  return { start: range.start, end: Math.min(range.end, size - 1) };
}

/** The wanted part of content that is in memory. */
export function within(content: Buffer, range: ByteRange | undefined): Buffer {
  const { start, end } = rangeWithin(range, content.length);
  return content.subarray(start, end + 1);
}
