import { UPLOAD, type ReservationRow, type Snapshot } from '../persistence/reservations';

/** What an owner's versions have, and which of the contents that were asked about they do not have. */
export interface Measured {
  readonly bytes: number;
  readonly absent: ReadonlySet<string>;
}

/** What somebody wants to reserve under a key. */
export interface Wish {
  readonly key: string;
  /** In all; null: the contents take the place of what was reserved for the upload. */
  readonly upload: number | null;
  readonly contents: ReadonlyMap<string, number>;
}

/** What a wish comes to. */
export interface Tally {
  readonly used: number;
  /** Used and reserved, as it is and as it would be. */
  readonly before: number;
  readonly after: number;
  /** What would be reserved under the key. */
  readonly upload: number;
  readonly contents: ReadonlyMap<string, number>;
  /**
   * False: contents were reserved, or reservations ended, after the snapshot. It is not known whether what they stand for was
   * measured as well, so they are counted: the sums may be too large, never too small.
   */
  readonly isExact: boolean;
}

/**
 * Adds up what was measured after `snapshot` and the reservations of later still, `rows`. Whatever came to be used in between is
 * in one of the three at least, and each content is counted once.
 */
export function tally(
  { contents: known }: Pick<Snapshot, 'contents'>,
  { bytes: used, absent }: Measured,
  rows: readonly ReservationRow[],
  wish: Wish,
): Tally {
  const isAsked = (sha256: string): boolean => known.has(sha256) || wish.contents.has(sha256);
  const reserved = onlyOf(known, absent);
  let [uploads, own] = [0, 0];
  for (const { key, sha256, bytes, stands } of rows)
    if (sha256 !== UPLOAD) {
      if (absent.has(sha256) || !isAsked(sha256)) reserved.set(sha256, bytes);
    } else if (stands && key === wish.key) own += bytes;
    else uploads += bytes;
  const contents = onlyOf(wish.contents, absent);
  const upload = wish.upload === null ? 0 : Math.max(own, wish.upload);
  const standing = new Set(rows.flatMap(({ sha256, stands }) => (stands ? sha256 : [])));
  return {
    ...{ used, upload, contents },
    before: used + uploads + own + sumOf(reserved),
    after: used + uploads + upload + sumOf(new Map([...reserved, ...contents])),
    isExact:
      rows.every(({ sha256, stands }) => stands && (sha256 === UPLOAD || isAsked(sha256))) &&
      [...known.keys()].every((sha256) => standing.has(sha256)),
  };
}

function onlyOf(contents: ReadonlyMap<string, number>, which: ReadonlySet<string>): Map<string, number> {
  return new Map([...contents].filter(([sha256]) => which.has(sha256)));
}

function sumOf(contents: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const bytes of contents.values()) sum += bytes;
  return sum;
}
