import type { ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import {
  blobColumns,
  distinctBlobs,
  KEPT_BLOBS,
  recordOf,
  requireAll,
  type BlobRecord,
  type BlobRow,
} from './recorded-blobs';
import { markUnused } from './unused-blobs';

const INSERT_HOLDINGS = `${KEPT_BLOBS}, held AS (
    INSERT INTO holding (place, sha256, stored) SELECT $6::text, sha256, $7::boolean FROM kept
    ON CONFLICT (place, sha256) DO UPDATE SET stored = holding.stored OR excluded.stored, touched_at = now()
    RETURNING 1
  )
  SELECT count(*)::int AS count FROM held`;

const COLUMNS = 'blob.size, blob.sha256, blob.md5, blob.sha1, blob.sha512';

/** With the parameters of {@link byAlgorithm} from `$first` on. */
function isWanted(first: number): string {
  return `(blob.sha256 = ANY($${first}::text[]) OR blob.sha512 = ANY($${first + 1}::text[]))`;
}

const FIND = `SELECT ${COLUMNS} FROM blob JOIN holding USING (sha256)
  WHERE holding.place = $1 AND holding.stored AND ${isWanted(2)}`;

/**
 * A holding that is about to expire may be gone when its turn to be touched comes: only what was touched now, or within
 * the minute, is told of.
 */
const FIND_AND_TOUCH = `
  WITH found AS (
    SELECT ${COLUMNS}, holding.touched_at > now() - interval '1 minute' AS fresh FROM blob JOIN holding USING (sha256)
    WHERE holding.place = $1 AND holding.stored AND ${isWanted(2)}
  ), touched AS (
    UPDATE holding SET touched_at = now() FROM found
    WHERE holding.place = $1 AND holding.sha256 = found.sha256 AND NOT found.fresh
    RETURNING holding.sha256
  )
  SELECT size, sha256, md5, sha1, sha512 FROM found
  WHERE fresh OR sha256 IN (SELECT sha256 FROM touched)`;

/** Records blobs and that a place holds them; stored once is stored. */
export async function insertHoldings(
  database: ServiceDatabase,
  place: string,
  blobs: readonly BlobRecord[],
  stored: boolean,
): Promise<void> {
  const distinct = distinctBlobs(blobs);
  const values = [...blobColumns(distinct), place, stored];
  const rows = await database.query<{ count: number }>(INSERT_HOLDINGS, values, 'insert-holdings');
  requireAll(rows[0]?.count, distinct);
}

/** What a place holds of these digests (`algorithm:hex`). */
export async function findHoldings(
  database: ServiceDatabase,
  place: string,
  digests: readonly string[],
  touch: boolean,
): Promise<BlobRecord[]> {
  const values = [place, ...byAlgorithm(digests)];
  const rows = await (touch
    ? database.query<BlobRow>(FIND_AND_TOUCH, values, 'find-and-touch-holdings')
    : database.query<BlobRow>(FIND, values, 'find-holdings'));
  return rows.map(recordOf);
}

/**
 * Holds what is stored for certain: what another place holds, or a published version has. The rows of the blobs are locked in a
 * statement of their own, so that the second one sees what a collector, or whoever let go last, left of them. That lock is
 * shared by all who mount.
 */
export async function mountHoldings(
  manager: EntityManager,
  place: string,
  from: string | null,
  digests: readonly string[],
): Promise<BlobRecord[]> {
  const locked: BlobRow[] = await manager.query(
    `SELECT ${COLUMNS} FROM blob WHERE ${isWanted(1)} ORDER BY sha256 FOR KEY SHARE`,
    byAlgorithm(digests),
  );
  if (locked.length === 0) return [];
  const held: { sha256: string }[] = await manager.query(
    `INSERT INTO holding (place, sha256, stored)
     SELECT $1, blob.sha256, true FROM blob WHERE blob.sha256 = ANY($3::text[]) AND (
       EXISTS (SELECT FROM holding WHERE holding.sha256 = blob.sha256 AND stored AND ($2::text IS NULL OR holding.place = $2))
       OR $2::text IS NULL AND EXISTS (SELECT FROM link WHERE link.sha256 = blob.sha256 AND NOT provisional))
     ORDER BY blob.sha256
     ON CONFLICT (place, sha256) DO UPDATE SET stored = true, touched_at = now()
     RETURNING sha256`,
    [place, from, locked.map(({ sha256 }) => sha256)],
  );
  const addresses = new Set(held.map(({ sha256 }) => sha256));
  await manager.query(
    'UPDATE blob SET unlinked_at = NULL WHERE sha256 = ANY($1::text[]) AND unlinked_at IS NOT NULL',
    [[...addresses]],
  );
  return locked.filter(({ sha256 }) => addresses.has(sha256)).map(recordOf);
}

/** Says that what a place holds has its address. */
export async function confirmHolding(manager: EntityManager, place: string, sha256: string): Promise<void> {
  await manager.query('UPDATE holding SET stored = true WHERE place = $1 AND sha256 = $2', [place, sha256]);
}

/** Lets go of one holding. The row of the blob is locked first, as in `dropLinks`. */
export async function dropHolding(manager: EntityManager, place: string, sha256: string): Promise<boolean> {
  await manager.query('SELECT FROM blob WHERE sha256 = $1 FOR UPDATE', [sha256]);
  const [, count]: [unknown, number] = await manager.query(
    'DELETE FROM holding WHERE place = $1 AND sha256 = $2',
    [place, sha256],
  );
  await markUnused(manager, [sha256]);
  return count > 0;
}

/** Drops up to `limit` holdings that nobody touched for so long, and marks what nothing uses any more; gives how many went. */
export async function expireHoldings(
  manager: EntityManager,
  afterMs: number,
  limit: number,
): Promise<number> {
  const expired = `touched_at <= now() - $1 * interval '1 millisecond'`;
  const locked: { sha256: string }[] = await manager.query(
    `SELECT sha256 FROM blob
     WHERE sha256 IN (SELECT sha256 FROM holding WHERE ${expired} ORDER BY touched_at LIMIT $2)
     ORDER BY sha256 FOR UPDATE`,
    [afterMs, limit],
  );
  if (locked.length === 0) return 0;
  const addresses = locked.map(({ sha256 }) => sha256);
  // Asked again: one that was touched in between has a row that this statement waits for, and then leaves alone.
  const [, count]: [unknown, number] = await manager.query(
    `DELETE FROM holding WHERE sha256 = ANY($2) AND ${expired}`,
    [afterMs, addresses],
  );
  await markUnused(manager, addresses);
  return count;
}

function byAlgorithm(digests: readonly string[]): [sha256: string[], sha512: string[]] {
  const of = (algorithm: string): string[] =>
    digests.filter((digest) => digest.startsWith(algorithm)).map((digest) => digest.slice(algorithm.length));
  return [of('sha256:'), of('sha512:')];
}
