import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { VersionRef } from './edit.repository';
import type { ShownVersion } from './relation.repository';
import { runSql } from './sql';

/** A version that is deleted and not purged. */
export interface DeletedVersion extends VersionRef {
  readonly deletedAt: Date;
}

/** The version under a tag, and whether it got there only because the one before was deleted. */
export interface HeadTag {
  readonly versionId: string;
  readonly isFallback: boolean;
  readonly packageProperties: Record<string, string>;
}

/** Content stays; only the tags go, so that others can have them, and are noted for a restore. */
const hideSql = `WITH tags AS (
    DELETE FROM tag WHERE package_id = $1 AND version_id = ANY($2::uuid[]) RETURNING name, version_id, fallback, digest
  ),
  hidden AS (
    UPDATE version v SET removed_at = $4, changed_revision = $3, removed_as_part = NOT (v.id = ANY($5::uuid[])),
      (deleted_tags, deleted_tag_digests) = (
        SELECT coalesce(array_agg(t.name ORDER BY t.name), '{}'), coalesce(array_agg(t.digest ORDER BY t.name), '{}')
        FROM tags t WHERE t.version_id = v.id AND NOT t.fallback)
    WHERE v.package_id = $1 AND v.id = ANY($2::uuid[])
  )
  SELECT name FROM tags`;

/** Tags come back where nobody has them, or only by falling back; of two versions that had one, `$3` is asked first. */
const giveTagsBackSql = `INSERT INTO tag (package_id, name, version_id, digest)
  SELECT DISTINCT ON (was.name) $1::uuid, was.name, v.id, was.digest
  FROM version v CROSS JOIN LATERAL unnest(v.deleted_tags, v.deleted_tag_digests) AS was(name, digest)
  WHERE v.package_id = $1 AND v.id = ANY($2::uuid[]) ORDER BY was.name, v.id <> $3::uuid, v.published_revision DESC
  ON CONFLICT (package_id, name) DO UPDATE
  SET version_id = EXCLUDED.version_id, fallback = false, digest = EXCLUDED.digest WHERE tag.fallback`;

const showSql = `UPDATE version SET removed_at = NULL, removed_as_part = false, changed_revision = $3,
    deleted_tags = '{}', deleted_tag_digests = '{}'
  WHERE package_id = $1 AND id = ANY($2::uuid[]) RETURNING id, version, is_part AS "isPart"`;

/** Deletes and restores under the lock of the package. */
@Injectable()
export class DeletionRepository {
  /** Gives the tags that were on them and are gone. Those that are not `named` go as parts. */
  async hideVersions(
    manager: EntityManager,
    packageId: string,
    ids: readonly string[],
    { revision, now, named }: { revision: number; now: Date; named: readonly string[] },
  ): Promise<string[]> {
    const rows = await runSql<{ name: string }>(manager, hideSql, [packageId, ids, revision, now, named]);
    return rows.map((row) => row.name);
  }

  /** `first`: the one that was asked for. `withTags`: with the tags that are free. */
  async showVersions(
    manager: EntityManager,
    packageId: string,
    ids: readonly string[],
    { revision, first, withTags }: { revision: number; first: string; withTags: boolean },
  ): Promise<ShownVersion[]> {
    if (withTags) await runSql(manager, giveTagsBackSql, [packageId, ids, first]);
    return runSql(manager, showSql, [packageId, ids, revision]);
  }

  async findDeleted(
    manager: EntityManager,
    packageId: string,
    versionId: string,
  ): Promise<DeletedVersion | null> {
    const [row] = await runSql<VersionRef & { removed_at: Date | string }>(
      manager,
      `SELECT id, version, removed_at FROM version
       WHERE package_id = $1 AND id = $2 AND removed_at IS NOT NULL AND purged_at IS NULL`,
      [packageId, versionId],
    );
    return row ? { id: row.id, version: row.version, deletedAt: new Date(row.removed_at) } : null;
  }

  async findHead(manager: EntityManager, packageId: string, tag: string): Promise<HeadTag | null> {
    const [row] = await runSql<{
      version_id: string;
      fallback: boolean;
      package_properties: Record<string, string>;
    }>(
      manager,
      `SELECT t.version_id, t.fallback, v.package_properties FROM tag t JOIN version v ON v.id = t.version_id
       WHERE t.package_id = $1 AND t.name = $2`,
      [packageId, tag],
    );
    return (
      (row && {
        versionId: row.version_id,
        isFallback: row.fallback,
        packageProperties: row.package_properties,
      }) ??
      null
    );
  }

  /** A live version that was downloaded more often than `limit`; of all, or of these. */
  async findOftenDownloaded(
    manager: EntityManager,
    packageId: string,
    limit: number,
    among: readonly string[] | null,
  ): Promise<{ version: string; downloads: number } | null> {
    const [row] = await runSql<{ version: string; total: string | number }>(
      manager,
      `SELECT v.version, d.total FROM version_downloads d JOIN version v ON v.id = d.version_id AND v.removed_at IS NULL
       WHERE d.package_id = $1 AND d.total > $2 AND ($3::uuid[] IS NULL OR d.version_id = ANY($3::uuid[]))
       ORDER BY d.total DESC LIMIT 1`,
      [packageId, limit, among],
    );
    return row ? { version: row.version, downloads: Number(row.total) } : null;
  }
}
