import type { Collection } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { IS_USED } from './recorded-blobs';

const KEPT_DAYS = 400;
/** One that said nothing for so long is over: it says how far it is after every batch. */
const SILENCE = "interval '2 minutes'";
const COLUMNS = `id, kind, dry_run, requested_by, started_at, finished_at, blobs, bytes, kept, failed, missing,
  CASE WHEN finished_at IS NOT NULL THEN 'finished'
    WHEN seen_at > now() - ${SILENCE} THEN 'running' ELSE 'interrupted' END AS state`;

/** Figures of a collection so far. */
export interface CollectionFigures {
  readonly blobs: number;
  readonly bytes: number;
  readonly kept: number;
  readonly failed: number;
  readonly missing: number;
}

/** Of one that has done nothing yet. */
export const NOTHING: CollectionFigures = { blobs: 0, bytes: 0, kept: 0, failed: 0, missing: 0 };

export function addFigures(one: CollectionFigures, other: CollectionFigures): CollectionFigures {
  return {
    blobs: one.blobs + other.blobs,
    bytes: one.bytes + other.bytes,
    kept: one.kept + other.kept,
    failed: one.failed + other.failed,
    missing: one.missing + other.missing,
  };
}

interface CollectionRow extends CollectionFigures {
  readonly id: string;
  readonly kind: Collection['kind'];
  readonly state: Collection['state'];
  readonly dry_run: boolean;
  readonly requested_by: string | null;
  readonly started_at: Date;
  readonly finished_at: Date | null;
}

/** Records that a collection begins; old ones are forgotten then. */
export async function insertCollection(
  manager: EntityManager,
  { kind, dryRun, requestedBy }: Pick<Collection, 'kind' | 'dryRun' | 'requestedBy'>,
): Promise<Collection> {
  await manager.query(`DELETE FROM collection WHERE started_at < now() - interval '${KEPT_DAYS} days'`);
  const rows: CollectionRow[] = await manager.query(
    `INSERT INTO collection (id, kind, dry_run, requested_by) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
    [newId(), kind, dryRun, requestedBy],
  );
  return toCollection(rows[0]!);
}

/** Records how far a collection is. */
export async function updateCollection(
  database: ServiceDatabase,
  id: string,
  { blobs, bytes, kept, failed, missing }: CollectionFigures,
  isOver: boolean,
): Promise<Collection> {
  const [row] = await database.query<CollectionRow>(
    `WITH noted AS (
       UPDATE collection SET blobs = $2, bytes = $3, kept = $4, failed = $5, missing = $6, seen_at = now(),
         finished_at = CASE WHEN $7 THEN now() END
       WHERE id = $1 RETURNING ${COLUMNS}
     ) SELECT * FROM noted`,
    [id, blobs, bytes, kept, failed, missing, isOver],
  );
  return toCollection(row!);
}

/** Records that a collection failed, with the figures that it came to. */
export async function interruptCollection(database: ServiceDatabase, id: string): Promise<void> {
  await database.query('UPDATE collection SET seen_at = NULL WHERE id = $1', [id]);
}

export async function listCollections(
  database: ServiceDatabase,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ items: Collection[]; total: number }> {
  const rows = await database.query<CollectionRow>(
    `SELECT ${COLUMNS} FROM collection ORDER BY started_at DESC, id DESC OFFSET $1 LIMIT $2`,
    [offset, limit],
  );
  const [count] = await database.query<{ total: number }>('SELECT count(*)::int AS total FROM collection');
  return { items: rows.map(toCollection), total: count!.total };
}

/** What has had no use for so long, and has none now. */
export async function countUnused(
  database: ServiceDatabase,
  graceMs: number,
): Promise<{ blobs: number; bytes: number }> {
  const [row] = await database.query<{ blobs: string; bytes: string }>(
    `SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes FROM blob
     WHERE unlinked_at <= now() - $1 * interval '1 millisecond' AND NOT ${IS_USED}`,
    [graceMs],
  );
  return { blobs: Number(row!.blobs), bytes: Number(row!.bytes) };
}

function toCollection(row: CollectionRow): Collection {
  const { id, kind, state, dry_run: dryRun, requested_by: requestedBy, started_at, finished_at } = row;
  return {
    ...{ id, kind, state, dryRun, requestedBy, startedAt: started_at.toISOString() },
    finishedAt: finished_at?.toISOString() ?? null,
    ...{
      blobs: Number(row.blobs),
      bytes: Number(row.bytes),
      kept: Number(row.kept),
      failed: Number(row.failed),
      missing: Number(row.missing),
    },
  };
}
