import { DomainError, type Digests } from '@packhouse/kernel';
import type { ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';

/** Content as the ledger knows it. */
export interface BlobRecord {
  readonly size: number;
  readonly digests: Digests;
}

/**
 * One statement, so one round trip and all or nothing. The upsert locks each blob's row in the order of the
 * addresses (no deadlock between publishers) and waits for a collector that holds one; if that collector removed
 * the row, it is inserted again. A blob on record with another size is left alone and shows in the count.
 */
const INSERT_LINKS = `
  WITH given AS (
    SELECT * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[]) AS t (sha256, size, md5, sha1, sha512)
    ORDER BY sha256
  ), kept AS (
    INSERT INTO blob (sha256, size, md5, sha1, sha512) SELECT * FROM given
    ON CONFLICT (sha256) DO UPDATE SET
      unlinked_at = NULL,
      md5 = coalesce(blob.md5, excluded.md5),
      sha1 = coalesce(blob.sha1, excluded.sha1),
      sha512 = coalesce(blob.sha512, excluded.sha512)
      WHERE blob.size = excluded.size
    RETURNING sha256
  ), linked AS (
    INSERT INTO link (version_id, sha256, provisional) SELECT $1::uuid, sha256, $7::boolean FROM kept
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
  const distinct = [...new Map(blobs.map((blob) => [blob.digests.sha256, blob])).values()];
  const column = (pick: (blob: BlobRecord) => unknown): unknown[] =>
    distinct.map((blob) => pick(blob) ?? null);
  const values = [
    versionId,
    column((blob) => blob.digests.sha256),
    column((blob) => blob.size),
    column((blob) => blob.digests.md5),
    column((blob) => blob.digests.sha1),
    column((blob) => blob.digests.sha512),
    provisional,
  ];
  const rows = await database.query<{ count: number }>(INSERT_LINKS, values, 'insert-links');
  if (rows[0]?.count !== distinct.length) {
    throw new DomainError(
      'invalid_request',
      'Content with the same SHA-256 is on record with another size: check the upload.',
    );
  }
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
  await manager.query(
    `UPDATE blob SET unlinked_at = now()
     WHERE sha256 = ANY($1) AND unlinked_at IS NULL AND NOT EXISTS (SELECT FROM link WHERE link.sha256 = blob.sha256)`,
    [addresses],
  );
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
