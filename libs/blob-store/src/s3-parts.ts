const MIB = 1024 * 1024;

/** The smallest part that S3 takes (all but the last). Content up to it waits in memory for its address. */
const FIRST_PART_BYTES = 5 * MIB;

const PART_BYTES = 16 * MIB;
const PARTS_OF_A_SIZE = 1000;

/** S3 takes no more of one object. */
export const MAX_PARTS = 10_000;

/**
 * Size of a part, counted from 0. Parts grow, so that ten thousand of them hold 880 GB while the memory of a usual upload stays
 * small: 16 MiB each for the first 16 GB, 32 for the next 32, and so on.
 */
export function partBytes(part: number): number {
  if (part === 0) return FIRST_PART_BYTES;
  return PART_BYTES * (1 + Math.floor(part / PARTS_OF_A_SIZE));
}

/** The largest content that fits into as many parts as S3 takes. */
export const MAX_BLOB_BYTES = Array.from({ length: MAX_PARTS }, (_, part) => partBytes(part)).reduce(
  (sum, bytes) => sum + bytes,
  0,
);
