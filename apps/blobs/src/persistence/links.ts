import type { ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import { blobColumns, distinctBlobs, KEPT_BLOBS, requireAll, type BlobRecord } from './recorded-blobs';
import { markUnused } from './unused-blobs';

const INSERT_LINKS = `${KEPT_BLOBS}, linked AS (
    INSERT INTO link (version_id, sha256, provisional) SELECT $6::uuid, sha256, $7::boolean FROM kept
    ON CONFLICT (version_id, sha256) DO UPDATE SET provisional = link.provisional AND excluded.provisional
    RETURNING 1
  )
  SELECT count(*)::int AS count FROM linked`;

/** Records blobs and that a version uses them. A link that is firm stays firm. */
export async function insertLinks(
  database: ServiceDatabase,
  versionId: string,
  blobs: readonly BlobRecord[],
  provisional: boolean,
): Promise<void> {
  const distinct = distinctBlobs(blobs);
  const values = [...blobColumns(distinct), versionId, provisional];
  const rows = await database.query<{ count: number }>(INSERT_LINKS, values, 'insert-links');
  requireAll(rows[0]?.count, distinct);
}

/**
 * Drops links of a version and marks the blobs that lost their last one. The rows of the blobs are locked first, in
 * order: of two transactions that drop the last two links of a blob, the second then sees that none remains.
 */
export async function dropLinks(
  manager: EntityManager,
  versionId: string,
  which: 'provisional' | 'all',
): Promise<number> {
  const onlyProvisional = which === 'provisional';
  const locked: { sha256: string }[] = await manager.query(
    `SELECT sha256 FROM blob
     WHERE sha256 IN (SELECT sha256 FROM link WHERE version_id = $1 AND (provisional OR NOT $2::boolean))
     ORDER BY sha256 FOR UPDATE`,
    [versionId, onlyProvisional],
  );
  if (locked.length === 0) return 0;
  const addresses = locked.map(({ sha256 }) => sha256);
  await manager.query(
    'DELETE FROM link WHERE version_id = $1 AND sha256 = ANY($3) AND (provisional OR NOT $2::boolean)',
    [versionId, onlyProvisional, addresses],
  );
  await markUnused(manager, addresses);
  return addresses.length;
}

/**
 * Makes the links of versions firm and gives those of them that have links. The commit is not forced to the disk: links that are
 * provisional again after a crash of the server become firm when their time is up, as their version is there.
 */
export async function confirmLinks(
  database: ServiceDatabase,
  versionIds: readonly string[],
): Promise<Set<string>> {
  const rows = await database.query<{ version_id: string }>(
    `WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS mode),
       confirmed AS (
         UPDATE link SET provisional = false FROM relaxed
         WHERE relaxed.mode = 'off' AND version_id = ANY($1::uuid[]) AND provisional RETURNING 1
       )
     SELECT DISTINCT version_id FROM link WHERE version_id = ANY($1::uuid[])`,
    [versionIds],
    'confirm-links',
  );
  return new Set(rows.map((row) => row.version_id));
}
