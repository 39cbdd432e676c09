import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { asJson, runSql, wireSize } from './sql';

export interface VersionRef {
  readonly id: string;
  readonly version: string;
}

/** What one version changes: a property of null goes away. */
export interface VersionPatch {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly fragments: Readonly<Record<string, string>>;
}

export interface HeadCandidate extends VersionRef {
  readonly packageProperties: Record<string, string>;
}

interface HeadCandidateRow extends VersionRef {
  package_properties: Record<string, string>;
}

const patchVersionsSql = `WITH patch AS (
    SELECT * FROM jsonb_to_recordset($3::jsonb) AS x(id uuid, added jsonb, dropped text[], fragments jsonb)
  ),
  patched AS (
    UPDATE version v SET properties = (v.properties || patch.added) - patch.dropped, changed_revision = $2, updated_at = now()
    FROM patch WHERE v.id = patch.id AND v.package_id = $1
  )
  INSERT INTO version_fragment (version_id, kind, body, wire_size)
  SELECT patch.id, f.kind, f.body, f.wire_size
  FROM patch, jsonb_to_recordset(patch.fragments) AS f(kind text, body text, wire_size integer)
  ON CONFLICT (version_id, kind) DO UPDATE SET body = EXCLUDED.body, wire_size = EXCLUDED.wire_size`;

/** Releases win over versions that their gateway marked as prereleases, whatever their sort keys. */
const highestSql = (condition: string): string =>
  `SELECT v.id, v.version, v.package_properties FROM version v
   WHERE v.package_id = $1 AND v.removed_at IS NULL AND NOT v.is_part ${condition}
   ORDER BY v.sort_key DESC, v.published_revision DESC LIMIT 1`;

/** Changes of versions and tags, under the lock of their package. */
@Injectable()
export class EditRepository {
  /** Those of the ids that are versions of the package; removed ones included. */
  async listByIds(
    manager: EntityManager,
    packageId: string,
    ids: readonly string[],
  ): Promise<Array<VersionRef & { removed: boolean }>> {
    return runSql(
      manager,
      `SELECT id, version, removed_at IS NOT NULL AS removed FROM version
       WHERE package_id = $1 AND id = ANY($2::uuid[]) ORDER BY published_revision`,
      [packageId, ids],
    );
  }

  async patchVersions(
    manager: EntityManager,
    packageId: string,
    revision: number,
    patches: readonly VersionPatch[],
  ): Promise<void> {
    const rows = patches.map(({ id, properties, fragments }) => ({
      id,
      added: Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null)),
      dropped: Object.entries(properties).flatMap(([key, value]) => (value === null ? [key] : [])),
      fragments: Object.entries(fragments).map(([kind, body]) => ({ kind, body, wire_size: wireSize(body) })),
    }));
    await runSql(manager, patchVersionsSql, [packageId, revision, asJson(rows)]);
  }

  /** The version that a head tag falls back to; null when none is left. */
  async findHighest(manager: EntityManager, packageId: string): Promise<HeadCandidate | null> {
    for (const condition of [`AND v.properties->>'prerelease' IS DISTINCT FROM 'true'`, '']) {
      const [row] = await runSql<HeadCandidateRow>(manager, highestSql(condition), [packageId]);
      if (row) return toCandidate(row);
    }
    return null;
  }

  async findVisible(
    manager: EntityManager,
    packageId: string,
    version: string,
  ): Promise<HeadCandidate | null> {
    const [row] = await runSql<HeadCandidateRow>(
      manager,
      `SELECT id, version, package_properties FROM version
       WHERE package_id = $1 AND version = $2 AND removed_at IS NULL ORDER BY published_revision DESC LIMIT 1`,
      [packageId, version],
    );
    return row ? toCandidate(row) : null;
  }

  /** The version that a tag is on (null: there is no such tag), and how many tags there are, counted up to `limit`. */
  async readTag(
    manager: EntityManager,
    packageId: string,
    tag: string,
    limit: number,
  ): Promise<{ versionId: string | null; count: number }> {
    const [row] = await runSql<{ version_id: string | null; count: string | number }>(
      manager,
      `SELECT (SELECT version_id FROM tag WHERE package_id = $1 AND name = $2) AS version_id,
         (SELECT count(*) FROM (SELECT 1 FROM tag WHERE package_id = $1 LIMIT $3) counted) AS count`,
      [packageId, tag, limit],
    );
    return { versionId: row?.version_id ?? null, count: Number(row?.count ?? 0) };
  }

  /** `isFallback`: nobody chose this version for the tag, so that a restored one may take it back. `digest`: as the tag tells it. */
  async setTag(
    manager: EntityManager,
    packageId: string,
    tag: string,
    {
      versionId,
      isFallback,
      digest = null,
    }: { versionId: string; isFallback: boolean; digest?: string | null },
  ): Promise<void> {
    await runSql(
      manager,
      `INSERT INTO tag (package_id, name, version_id, fallback, digest) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (package_id, name) DO UPDATE
       SET version_id = EXCLUDED.version_id, fallback = EXCLUDED.fallback, digest = EXCLUDED.digest`,
      [packageId, tag, versionId, isFallback, digest],
    );
  }

  async removeTag(manager: EntityManager, packageId: string, tag: string): Promise<void> {
    await runSql(manager, 'DELETE FROM tag WHERE package_id = $1 AND name = $2', [packageId, tag]);
  }
}

function toCandidate(row: HeadCandidateRow): HeadCandidate {
  return { id: row.id, version: row.version, packageProperties: row.package_properties };
}
