import { randomUUID } from 'node:crypto';
import type { UploadSession } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';

/** How long a writer may be silent before another one may take its place. */
const CLAIM = "interval '15 seconds'";

const COLUMNS = 'id, place, account_id, received, state, expires_at';

interface UploadRow {
  readonly id: string;
  readonly place: string;
  readonly account_id: string;
  readonly received: number | string;
  readonly state: string | null;
  readonly expires_at: Date;
}

/** Which session, and who asks for it. */
export interface UploadRef {
  readonly id: string;
  readonly place: string;
  readonly accountId: string;
}

/** Makes a session, or gives null when there are `maxOpen` of this account and place. */
export async function insertUpload(
  manager: EntityManager,
  { place, accountId }: Omit<UploadRef, 'id'>,
  maxOpen: number,
  idleMs: number,
): Promise<UploadSession | null> {
  // One at a time counts, or many at once would all find room.
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${accountId} ${place}`]);
  // All of it random: whoever knows an id of a session knows nothing of others.
  const id = randomUUID();
  const rows: UploadRow[] = await manager.query(
    `INSERT INTO upload (id, place, account_id, expires_at)
     SELECT $1, $2, $3, now() + $5 * interval '1 millisecond'
     WHERE (SELECT count(*) FROM upload WHERE place = $2 AND account_id = $3 AND expires_at > now()) < $4
     RETURNING ${COLUMNS}`,
    [id, place, accountId, maxOpen, idleMs],
  );
  return sessionOf(rows);
}

const IS_ASKED = 'id = $1 AND place = $2 AND account_id = $3 AND expires_at > now()';

/** `isBusy`: a claim on it holds. */
export async function findUpload(
  database: ServiceDatabase,
  ref: UploadRef,
): Promise<{ upload: UploadSession | null; isBusy: boolean }> {
  const rows = await database.query<UploadRow & { busy: boolean }>(
    `SELECT ${COLUMNS}, coalesce(claimed_until > now(), false) AS busy FROM upload WHERE ${IS_ASKED}`,
    [ref.id, ref.place, ref.accountId],
    'find-upload',
  );
  return { upload: sessionOf(rows), isBusy: rows[0]?.busy ?? false };
}

/** A claim on a session, or why there is none. */
export type UploadClaim =
  | { outcome: 'claimed'; claim: string; interrupted: boolean; upload: UploadSession }
  | { outcome: 'busy' | 'gone' };

/** Claims a session whose last claim was given up, or has run out. */
export async function claimUpload(database: ServiceDatabase, ref: UploadRef): Promise<UploadClaim> {
  const claim = newId();
  // What the row was like is read under its lock: the update below sees what that lock protects.
  const rows = await database.query<UploadRow & { interrupted: boolean; claimed: boolean }>(
    `WITH asked AS (
       SELECT id AS asked_id, claim IS NOT NULL AS interrupted, coalesce(claimed_until > now(), false) AS busy
       FROM upload WHERE ${IS_ASKED} FOR UPDATE
     ), claimed AS (
       UPDATE upload SET claim = $4, claimed_until = now() + ${CLAIM} FROM asked
       WHERE id = asked_id AND NOT busy RETURNING ${COLUMNS}
     )
     SELECT ${COLUMNS}, interrupted, id IS NOT NULL AS claimed FROM asked LEFT JOIN claimed ON id = asked_id`,
    [ref.id, ref.place, ref.accountId, claim],
    'claim-upload',
  );
  const [row] = rows;
  if (!row) return { outcome: 'gone' };
  if (!row.claimed) return { outcome: 'busy' };
  return { outcome: 'claimed', claim, interrupted: row.interrupted, upload: toSession(row) };
}

/** Where a session stands now, as its writer reports. */
export interface UploadAdvance {
  readonly id: string;
  readonly claim: string;
  readonly received: number;
  readonly state: string | null;
  readonly release: boolean;
}

/** Null when the claim was lost. */
export async function advanceUpload(
  database: ServiceDatabase,
  { id, claim, received, state, release }: UploadAdvance,
  idleMs: number,
): Promise<UploadSession | null> {
  const rows = await database.query<UploadRow>(
    `WITH advanced AS (
       UPDATE upload SET received = $3, state = $4, expires_at = now() + $6 * interval '1 millisecond',
         claim = CASE WHEN $5 THEN NULL ELSE claim END,
         claimed_until = CASE WHEN $5 THEN NULL ELSE now() + ${CLAIM} END
       WHERE id = $1 AND claim = $2 RETURNING ${COLUMNS}
     ) SELECT * FROM advanced`,
    [id, claim, received, state, release, idleMs],
    'advance-upload',
  );
  return sessionOf(rows);
}

/** Ends a session; with `claim` only while that one holds. */
export async function deleteUpload(
  manager: EntityManager,
  ref: UploadRef,
  claim: string | null,
): Promise<UploadSession | null> {
  const rows: UploadRow[] = await manager.query(
    `WITH ended AS (
       DELETE FROM upload WHERE id = $1 AND place = $2 AND account_id = $3 AND ($4::uuid IS NULL OR claim = $4)
       RETURNING ${COLUMNS}
     ) SELECT * FROM ended`,
    [ref.id, ref.place, ref.accountId, claim],
  );
  return sessionOf(rows);
}

/** Ends up to `limit` sessions that nobody went on with, for their bytes to be dropped. */
export async function takeExpiredUploads(database: ServiceDatabase, limit: number): Promise<UploadSession[]> {
  const rows = await database.query<UploadRow>(
    `WITH ended AS (
       DELETE FROM upload WHERE id IN (
         SELECT id FROM upload WHERE expires_at <= now() AND coalesce(claimed_until <= now(), true)
         ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING ${COLUMNS}
     ) SELECT * FROM ended`,
    [limit],
  );
  return rows.map(toSession);
}

function sessionOf([row]: readonly UploadRow[]): UploadSession | null {
  return row ? toSession(row) : null;
}

function toSession(row: UploadRow): UploadSession {
  const { id, place, state, account_id: accountId, expires_at } = row;
  return { id, place, accountId, received: Number(row.received), state, expiresAt: expires_at.toISOString() };
}
