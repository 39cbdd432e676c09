import type { ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';

/** Stands for the address of what an upload will bring. */
export const UPLOAD = '';

export interface ReservationRow {
  readonly key: string;
  /** {@link UPLOAD}, or the address of content. */
  readonly sha256: string;
  readonly bytes: number;
  /** False: it has ended. */
  readonly stands: boolean;
}

/** Longer than any decision takes. */
const ENDED_STAYS = "interval '10 minutes'";

const STANDS = 'ended_at IS NULL AND expires_at > now()';

/** What is reserved under one key. */
export interface NewReservations {
  readonly ownerId: string;
  readonly key: string;
  /** By address; {@link UPLOAD} for what an upload will bring. */
  readonly bytes: ReadonlyMap<string, number>;
  readonly lifetimeMs: number;
}

/** An owner's limit, and the contents that were reserved at a time. */
export interface Snapshot {
  readonly limit: number;
  /** As Postgres writes it. All that was reserved before and had not ended by then is in `contents`. */
  readonly at: string;
  readonly contents: ReadonlyMap<string, number>;
}

/** Null: the owner has no limit. */
export async function readSnapshot(database: ServiceDatabase, ownerId: string): Promise<Snapshot | null> {
  const [row] = await database.query<{ bytes: number; at: string }>(
    'SELECT bytes, clock_timestamp()::text AS at FROM storage_limit WHERE owner_id = $1',
    [ownerId],
    'find-limit-and-time',
  );
  if (!row) return null;
  // A statement of its own: what it misses was reserved, or had ended, after that time or before it for certain.
  const contents = await database.query<{ sha256: string; bytes: number }>(
    `SELECT sha256, max(bytes) AS bytes FROM reservation
     WHERE owner_id = $1 AND sha256 <> '${UPLOAD}' AND ${STANDS} GROUP BY sha256`,
    [ownerId],
    'list-reserved-contents',
  );
  return { limit: row.bytes, at: row.at, contents: new Map(contents.map((one) => [one.sha256, one.bytes])) };
}

/** What uploads under way may bring. */
export async function sumUploads(database: ServiceDatabase, ownerId: string): Promise<number> {
  const [row] = await database.query<{ bytes: number }>(
    `SELECT coalesce(sum(bytes), 0)::bigint AS bytes FROM reservation
     WHERE owner_id = $1 AND sha256 = '${UPLOAD}' AND ${STANDS}`,
    [ownerId],
  );
  return row!.bytes;
}

/** Locks the limit of an owner: one decision about it is made at a time. Null: there is none any more. */
export async function lockLimit(manager: EntityManager, ownerId: string): Promise<number | null> {
  const [row]: Array<{ bytes: number }> = await manager.query(
    'SELECT bytes FROM storage_limit WHERE owner_id = $1 FOR UPDATE',
    [ownerId],
  );
  return row?.bytes ?? null;
}

/** What is reserved now, and what ended after `since`. */
export async function listReservations(
  manager: EntityManager,
  ownerId: string,
  since: string,
): Promise<ReservationRow[]> {
  return manager.query(
    `SELECT key, sha256, bytes, ended_at IS NULL AS stands FROM reservation
     WHERE owner_id = $1 AND expires_at > now() AND (ended_at IS NULL OR ended_at > $2::timestamptz)`,
    [ownerId, since],
  );
}

/** Under the lock of the limit. What is there already is prolonged. */
export async function writeReservations(
  manager: EntityManager,
  { ownerId, key, bytes, lifetimeMs }: NewReservations,
): Promise<void> {
  await manager.query(
    `INSERT INTO reservation (owner_id, key, sha256, bytes, reserved_at, expires_at)
     SELECT $1, $2, wanted.sha256, wanted.bytes, clock_timestamp(), now() + $5 * interval '1 millisecond'
     FROM unnest($3::text[], $4::bigint[]) AS wanted (sha256, bytes)
     ON CONFLICT (owner_id, key, sha256) DO UPDATE SET bytes = excluded.bytes, reserved_at = excluded.reserved_at,
       expires_at = excluded.expires_at, ended_at = NULL`,
    [ownerId, key, [...bytes.keys()], [...bytes.values()], lifetimeMs],
  );
}

/** Prolongs an upload for which so much is reserved already. False: it is not. */
export async function prolongUpload(
  database: ServiceDatabase,
  { ownerId, key, bytes, lifetimeMs }: Omit<NewReservations, 'bytes'> & { readonly bytes: number },
): Promise<boolean> {
  const rows = await database.query(
    `WITH prolonged AS (
       UPDATE reservation SET expires_at = now() + $4 * interval '1 millisecond'
       WHERE owner_id = $1 AND key = $2 AND sha256 = '${UPLOAD}' AND bytes >= $3 AND ${STANDS} RETURNING 1
     ) SELECT 1 FROM prolonged`,
    [ownerId, key, bytes, lifetimeMs],
    'prolong-upload',
  );
  return rows.length > 0;
}

/** Forgets an upload whose contents are reserved instead. */
export async function deleteUpload(manager: EntityManager, ownerId: string, key: string): Promise<void> {
  await manager.query(`DELETE FROM reservation WHERE owner_id = $1 AND key = $2 AND sha256 = '${UPLOAD}'`, [
    ownerId,
    key,
  ]);
}

const END = `UPDATE reservation SET ended_at = clock_timestamp(), expires_at = least(expires_at, now() + ${ENDED_STAYS})
  WHERE owner_id = $1 AND ended_at IS NULL AND`;

/** Under the lock of the limit. */
export async function endKey(manager: EntityManager, ownerId: string, key: string): Promise<void> {
  await manager.query(`${END} key = $2`, [ownerId, key]);
}

/** Under the lock of the limit: contents that were reserved before `until`, under whatever key. */
export async function endContents(
  manager: EntityManager,
  ownerId: string,
  addresses: readonly string[],
  until: string,
): Promise<void> {
  await manager.query(`${END} sha256 = ANY($2::text[]) AND reserved_at <= $3::timestamptz`, [
    ownerId,
    addresses,
    until,
  ]);
}

/** Which of these owners have contents reserved. */
export async function listReserving(
  database: ServiceDatabase,
  ownerIds: readonly string[],
): Promise<string[]> {
  const rows = await database.query<{ owner_id: string }>(
    `SELECT owner_id FROM storage_limit WHERE owner_id = ANY($1::uuid[]) AND EXISTS (
       SELECT FROM reservation WHERE reservation.owner_id = storage_limit.owner_id AND sha256 <> '${UPLOAD}' AND ended_at IS NULL)`,
    [ownerIds],
    'list-reserving',
  );
  return rows.map((row) => row.owner_id);
}

/** Deletes up to `limit` reservations whose time is up; gives how many went. */
export async function deleteExpired(manager: EntityManager, limit: number): Promise<number> {
  const [, count]: [unknown, number] = await manager.query(
    `DELETE FROM reservation WHERE (owner_id, key, sha256) IN (
       SELECT owner_id, key, sha256 FROM reservation WHERE expires_at <= now()
       ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return count;
}
