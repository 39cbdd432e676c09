import type { ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';

const PAGE = 1000;

interface RecordedBlob {
  readonly sha256: string;
  readonly size: number;
}

/** What the ledger names of the addresses after one, up to another, in their order and a page at a time. */
export async function* listRecorded(
  database: ServiceDatabase,
  after: string,
  upTo: string,
): AsyncGenerator<RecordedBlob[]> {
  for (let from = after; ;) {
    const rows = await database.query<RecordedBlob>(
      `SELECT sha256, size FROM blob WHERE sha256 > $1 AND sha256 <= $2 ORDER BY sha256 LIMIT ${PAGE}`,
      [from, upTo],
      'list-recorded-blobs',
    );
    yield rows;
    if (rows.length < PAGE) return;
    from = rows.at(-1)!.sha256;
  }
}

/** Those of the addresses whose bytes must be there, each with a version that has it (null: only a place holds it). */
export async function findInUse(
  database: ServiceDatabase,
  addresses: readonly string[],
): Promise<Array<RecordedBlob & { versionId: string | null }>> {
  return database.query(
    `SELECT sha256, size, version_id AS "versionId" FROM blob
     LEFT JOIN LATERAL (
       SELECT version_id FROM link WHERE link.sha256 = blob.sha256 AND NOT provisional LIMIT 1
     ) AS used ON true
     WHERE sha256 = ANY($1::text[]) AND (version_id IS NOT NULL
       OR EXISTS (SELECT FROM holding WHERE holding.sha256 = blob.sha256 AND stored))`,
    [addresses],
  );
}

/**
 * Puts addresses into the ledger for the time of the transaction and gives those that were not there: a publisher of the same
 * content waits for its end, as for a collector's. In the order of the addresses, as publishers do.
 */
export async function claimOrphans(
  manager: EntityManager,
  orphans: ReadonlyArray<{ readonly sha256: string; readonly size: number | null }>,
): Promise<Set<string>> {
  const rows: { sha256: string }[] = await manager.query(
    `INSERT INTO blob (sha256, size)
     SELECT * FROM unnest($1::text[], $2::bigint[]) AS t (sha256, size) ORDER BY sha256
     ON CONFLICT (sha256) DO NOTHING RETURNING sha256`,
    [orphans.map(({ sha256 }) => sha256), orphans.map(({ size }) => size ?? 0)],
  );
  return new Set(rows.map(({ sha256 }) => sha256));
}

/** Takes them out again: nobody but the transaction ever saw them. */
export async function releaseOrphans(manager: EntityManager, addresses: readonly string[]): Promise<void> {
  await manager.query('DELETE FROM blob WHERE sha256 = ANY($1::text[])', [addresses]);
}
