import { Injectable } from '@nestjs/common';
import type { FileRecord, VersionRecord } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { PackageName } from './package.repository';
import { toFileRecord, toVersionRecord, type FileRow, type VersionRow } from './version-row';

/** Where a page of versions starts and what it may weigh. */
export interface VersionPageRequest {
  readonly packageId: string;
  readonly fragmentKind: string | null;
  readonly afterRevision: number | null;
  /** Revision at which the last version of the page before was published; 0 for the first page. */
  readonly after: number;
  readonly maxItems: number;
  readonly maxBytes: number;
}

export interface VersionPage {
  readonly revision: number;
  readonly items: VersionRecord[];
  /** Where the next page starts; null on the last. */
  readonly next: number | null;
}

interface PageRow extends VersionRow {
  revision: string | number;
  id: string;
  published_revision: string | number;
  candidates: string | number;
}

/** About what a version takes in a message beside its texts. */
const RECORD_OVERHEAD = 300;

const pageSql = (candidates: string): string => `
  SELECT p.revision, item.*, body.body AS fragment
  FROM package p
  LEFT JOIN LATERAL (
    SELECT * FROM (
      SELECT c.*, count(*) OVER () AS candidates, row_number() OVER (ORDER BY c.published_revision) AS place,
             sum(c.weight) OVER (ORDER BY c.published_revision) AS running
      FROM (${candidates}) c
    ) weighed
    WHERE place = 1 OR (place <= $5 AND running <= $6)
  ) item ON true
  LEFT JOIN version_fragment body ON body.version_id = item.id AND body.kind = $2 AND item.removed_at IS NULL
  WHERE p.id = $1 AND p.removed_at IS NULL
  ORDER BY item.published_revision`;

const candidateColumns = `v.id, v.number, v.version, v.sort_key, v.published_at, v.removed_at, v.properties, v.published_revision,
  coalesce(f.wire_size, 0) + octet_length(v.version) + octet_length(v.sort_key) + octet_length(v.properties::text)
    + ${RECORD_OVERHEAD} AS weight`;

/** Everything, in order of publication: walks the index from the place where the page before ended. */
const fullPageSql = pageSql(`
  SELECT ${candidateColumns}
  FROM version v LEFT JOIN version_fragment f ON f.version_id = v.id AND f.kind = $2 AND v.removed_at IS NULL
  WHERE v.package_id = p.id AND v.published_revision > $3 AND $4::bigint IS NULL
  ORDER BY v.published_revision LIMIT $5 + 1`);

/** Only what changed: found by the index of changes first, so that it costs what changed and not what is there. */
const changedPageSql = pageSql(`
  SELECT ${candidateColumns}
  FROM (SELECT * FROM version w WHERE w.package_id = p.id AND w.changed_revision > $4 OFFSET 0) v
  LEFT JOIN version_fragment f ON f.version_id = v.id AND f.kind = $2 AND v.removed_at IS NULL
  WHERE v.published_revision > $3
  ORDER BY v.published_revision LIMIT $5 + 1`);

/** Reads of the `version` and `file` tables. */
@Injectable()
export class VersionRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  /** One page and the revision it belongs to, from one snapshot; null when there is no such package. */
  async listPage(request: VersionPageRequest): Promise<VersionPage | null> {
    const { packageId, fragmentKind, after, afterRevision, maxItems, maxBytes } = request;
    const rows = await this.database.query<PageRow>(afterRevision === null ? fullPageSql : changedPageSql, [
      packageId,
      fragmentKind,
      after,
      afterRevision,
      maxItems,
      maxBytes,
    ]);
    const [first] = rows;
    if (!first) return null;
    const revision = Number(first.revision);
    // A package without versions to show still has its row, joined with nothing.
    if (first.id === null) return { revision, items: [], next: null };
    const last = rows[rows.length - 1]!;
    const isLast = rows.length >= Number(first.candidates);
    return {
      revision,
      items: rows.map(toVersionRecord),
      next: isLast ? null : Number(last.published_revision),
    };
  }

  /** By the text of its version; a visible one before a tombstone. */
  async find(
    packageId: string,
    version: string,
    fragmentKind: string | null,
  ): Promise<{ version: VersionRecord; files: FileRecord[] } | null> {
    const [row] = await this.database.query<VersionRow & { files: FileRow[] }>(
      `SELECT v.id, v.number, v.version, v.sort_key, v.published_at, v.removed_at, v.properties, body.body AS fragment,
         (SELECT coalesce(json_agg(json_build_object('name', f.name, 'content_type', f.content_type, 'size', f.size,
            'digests', f.digests) ORDER BY f.name), '[]')
          FROM file f WHERE f.version_id = v.id AND v.removed_at IS NULL) AS files
       FROM version v
       JOIN package p ON p.id = v.package_id AND p.removed_at IS NULL
       LEFT JOIN version_fragment body ON body.version_id = v.id AND body.kind = $3 AND v.removed_at IS NULL
       WHERE v.package_id = $1 AND v.version = $2
       ORDER BY v.removed_at IS NOT NULL, v.published_revision DESC LIMIT 1`,
      [packageId, version, fragmentKind],
    );
    return row ? { version: toVersionRecord(row), files: row.files.map(toFileRecord) } : null;
  }

  async findFile(
    packageId: string,
    name: string,
  ): Promise<(FileRecord & { versionId: string; version: string }) | null> {
    const [row] = await this.database.query<FileRow & { version_id: string; version: string }>(
      `SELECT f.name, f.content_type, f.size, f.digests, f.version_id, v.version
       FROM file f JOIN version v ON v.id = f.version_id AND v.removed_at IS NULL
       JOIN package p ON p.id = f.package_id AND p.removed_at IS NULL
       WHERE f.package_id = $1 AND f.name = $2`,
      [packageId, name],
      'metadata.find-file',
    );
    return row ? { ...toFileRecord(row), versionId: row.version_id, version: row.version } : null;
  }

  /** Whether an identity is taken, by a visible version or a tombstone. */
  async hasIdentity(name: PackageName, identity: string): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT 1 FROM package p JOIN version v ON v.package_id = p.id AND v.identity = $4
       WHERE p.format = $1 AND p.owner_id = $2 AND p.name_key = $3`,
      [name.format, name.ownerId, name.nameKey, identity],
    );
    return rows.length > 0;
  }

  /** The files of a version that is not purged, whether it is shown or not. */
  async listFiles(versionId: string): Promise<FileRecord[]> {
    const rows = await this.database.query<FileRow>(
      'SELECT name, content_type, size, digests FROM file WHERE version_id = $1 ORDER BY name',
      [versionId],
    );
    return rows.map(toFileRecord);
  }

  /** Which of these ids are versions whose content is needed: visible, deleted or staged. */
  async listKnownIds(ids: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM version WHERE id = ANY($1::uuid[]) AND purged_at IS NULL
       UNION SELECT id FROM staged_version WHERE id = ANY($1::uuid[])`,
      [ids],
    );
    return rows.map((row) => row.id);
  }
}
