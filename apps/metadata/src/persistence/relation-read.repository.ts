import { Injectable } from '@nestjs/common';
import type {
  FileRecord,
  metadataContract,
  RelationName,
  RequestOf,
  ResponseOf,
  VersionRelations,
} from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { toListedRelated, toLists, type ListedRelatedRow, type ParentRow } from './connection-rows';
import { boundsSql, identityBySha512, isLive } from './sql';
import { toFileRecord, type FileRow } from './version-row';

type Contract = typeof metadataContract;

/** A version that is about another, and where it stands in their order. */
export interface AboutVersion {
  readonly revision: number;
  readonly id: string;
  readonly version: string;
  readonly properties: Record<string, string>;
  readonly file: FileRecord | null;
  readonly fragment: string | null;
}

interface AboutRow {
  published_revision: string | number;
  id: string;
  version: string;
  properties: Record<string, string>;
  file: FileRow | null;
  fragment: string | null;
}

export interface AboutQuery {
  readonly packageId: string;
  readonly version: string;
  readonly artifactTypes: readonly string[] | null;
  /** Only those published before this revision; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

const fileJson = `json_build_object('name', f.name, 'content_type', f.content_type, 'size', f.size, 'digests', f.digests)`;

/** `r` are relations, `other` the version at their end. Long texts stay out, as nobody lists versions to read them. */
const related = (condition: string, other: string, text: string, order: string): string => `json_build_object(
    'total', (SELECT count(*) FROM version_relation r ${other} WHERE ${condition}),
    'items', (SELECT coalesce(json_agg(x), '[]') FROM (
      SELECT o.id, o.number, ${text} AS version, coalesce((SELECT json_object_agg(p.key, p.value) FROM jsonb_each_text(o.properties) p
        WHERE length(p.value) <= 500), '{}') AS properties
      FROM version_relation r ${other} WHERE ${condition} ORDER BY ${order} LIMIT $3) x))`;
const named = `LEFT JOIN version o ON o.package_id = r.package_id AND o.identity = r.target AND ${isLive('o')}`;
const naming = 'JOIN version o ON o.id = r.version_id AND o.removed_at IS NULL';
const namesIt = (kind: string): string =>
  `r.package_id = v.package_id AND r.target = v.identity AND r.kind = '${kind}'`;
const isNamed = (kind: string): string => `r.version_id = v.id AND r.kind = '${kind}'`;

/** The versions at the other end (`o`) of the relations (`r`) of `v`, and by what they are listed. */
const relationSql: Readonly<
  Record<RelationName, { readonly from: string; readonly text: string; readonly position: string }>
> = {
  contains: { ...endOf(isNamed('contains'), named), text: 'r.target', position: 'r.place' },
  about: { ...endOf(isNamed('about'), named), text: 'r.target', position: 'r.place' },
  containedBy: {
    ...endOf(namesIt('contains'), naming),
    ...{ text: 'o.version', position: 'r.published_revision' },
  },
  aboutThis: { ...endOf(namesIt('about'), naming), text: 'o.version', position: 'r.published_revision' },
};

function endOf(condition: string, other: string): { readonly from: string } {
  return {
    from: `version v JOIN package p ON p.id = v.package_id AND p.removed_at IS NULL
      JOIN version_relation r ON ${condition} ${other} WHERE v.id = parent.id AND v.removed_at IS NULL`,
  };
}

const describeSql = `SELECT v.id AS "versionId",
    ${related(isNamed('contains'), named, 'r.target', 'r.place')} AS contains,
    ${related(namesIt('contains'), naming, 'o.version', 'r.published_revision DESC')} AS "containedBy",
    ${related(isNamed('about'), named, 'r.target', 'r.place')} AS about,
    ${related(namesIt('about'), naming, 'o.version', 'r.published_revision DESC')} AS "aboutThis"
  FROM unnest($2::uuid[]) WITH ORDINALITY AS w(id, place)
  JOIN version v ON v.id = w.id AND v.package_id = $1 AND v.removed_at IS NULL
  JOIN package p ON p.id = v.package_id AND p.removed_at IS NULL ORDER BY w.place`;

/** Reads of tags and contents, and of what versions say of each other. */
@Injectable()
export class RelationReadRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async findTagged(
    packageId: string,
    tag: string,
  ): Promise<{ id: string; version: string; digest: string | null } | null> {
    const [row] = await this.database.query<{ id: string; version: string; digest: string | null }>(
      `SELECT v.id, v.version, t.digest FROM tag t JOIN version v ON v.id = t.version_id AND v.removed_at IS NULL
       JOIN package p ON p.id = t.package_id AND p.removed_at IS NULL
       WHERE t.package_id = $1 AND t.name = $2`,
      [packageId, tag],
      'metadata.find-tagged',
    );
    return row ?? null;
  }

  /** One more than `limit` says that there are more; null: there is no such package. */
  async listTags(
    packageId: string,
    { after, matching, limit }: { after: string | null; matching: string | null; limit: number },
  ): Promise<string[] | null> {
    const [row] = await this.database.query<{ names: string[] }>(
      `SELECT ARRAY(SELECT t.name FROM tag t WHERE t.package_id = p.id AND t.name > $2::text COLLATE "C"
         AND ($3::text IS NULL OR strpos(t.name, $3) > 0) ORDER BY t.name LIMIT $4) AS names
       FROM package p WHERE p.id = $1 AND p.removed_at IS NULL`,
      [packageId, after ?? '', matching, limit + 1],
    );
    return row?.names ?? null;
  }

  /** One live file for each digest that there is. */
  async findContent(
    packageId: string,
    algorithm: 'sha256' | 'sha512',
    digests: readonly string[],
  ): Promise<Array<{ digest: string; file: FileRecord; versionId: string }>> {
    const rows = await this.database.query<FileRow & { digest: string; version_id: string }>(
      `SELECT w.digest, found.* FROM unnest($2::text[]) AS w(digest)
       JOIN package p ON p.id = $1 AND p.removed_at IS NULL
       CROSS JOIN LATERAL (
         SELECT f.name, f.content_type, f.size, f.digests, f.version_id
         FROM file f JOIN version v ON v.id = f.version_id AND v.removed_at IS NULL
         WHERE f.package_id = p.id AND f.addressed AND f.digests->>'${algorithm}' = w.digest LIMIT 1) found`,
      [packageId, digests],
      `metadata.find-content-${algorithm}`,
    );
    return rows.map((row) => ({
      digest: `${algorithm}:${row.digest}`,
      file: toFileRecord(row),
      versionId: row.version_id,
    }));
  }

  async listAbout(query: AboutQuery): Promise<AboutVersion[]> {
    const rows = await this.database.query<AboutRow>(
      `SELECT v.published_revision, v.id, v.version, v.properties,
         (SELECT ${fileJson} FROM file f WHERE f.package_id = v.package_id AND f.name = v.version AND f.version_id = v.id) AS file,
         (SELECT d.body FROM version_fragment d WHERE d.version_id = v.id AND d.kind = 'descriptor') AS fragment
       FROM package p JOIN version_relation r ON r.package_id = p.id AND r.kind = 'about'
         AND r.target = coalesce((${identityBySha512('$1::uuid', '$2::text')}), $2)
       JOIN version v ON v.id = r.version_id AND v.removed_at IS NULL
       WHERE p.id = $1 AND p.removed_at IS NULL AND ($4::bigint IS NULL OR r.published_revision < $4)
         AND ($3::text[] IS NULL OR v.properties->>'artifactType' = ANY($3::text[]))
       ORDER BY r.published_revision DESC LIMIT $5`,
      [query.packageId, query.version, query.artifactTypes, query.before, query.limit],
    );
    return rows.map(({ published_revision, file, ...rest }) => ({
      ...rest,
      revision: Number(published_revision),
      file: file && toFileRecord(file),
    }));
  }

  /** Of many versions, which may be of many packages. */
  async listOf({
    versionIds,
    relation,
    slice,
  }: RequestOf<Contract, 'listRelatedOfVersions'>): Promise<ResponseOf<Contract, 'listRelatedOfVersions'>> {
    const { from, text, position } = relationSql[relation];
    const order = slice.descending ? 'DESC' : 'ASC';
    const rows = await this.database.query<ListedRelatedRow & ParentRow>(
      `SELECT parent.id AS parent_id, found.* FROM unnest($1::uuid[]) WITH ORDINALITY AS parent(id, place)
       CROSS JOIN LATERAL (
         SELECT o.id, ${text} AS version, ${position} AS position FROM ${from}
           AND ${boundsSql(position, 'bigint', slice.descending)} ORDER BY ${position} ${order} LIMIT $4
       ) found ORDER BY parent.place, found.position ${order}`,
      [versionIds, slice.after, slice.before, slice.limit + 1],
    );
    return { lists: toLists(versionIds, rows, slice.limit, toListedRelated) };
  }

  async countOf({
    versionIds,
    relation,
  }: RequestOf<Contract, 'countRelatedOfVersions'>): Promise<ResponseOf<Contract, 'countRelatedOfVersions'>> {
    const rows = await this.database.query<{ parentId: string; total: string | number }>(
      `SELECT parent.id AS "parentId", (SELECT count(*) FROM ${relationSql[relation].from}) AS total
       FROM unnest($1::uuid[]) AS parent(id)`,
      [versionIds],
    );
    return { counts: rows.map(({ parentId, total }) => ({ parentId, total: Number(total) })) };
  }

  /** In the order of the ids, each list cut at `limit`. */
  async describe(
    packageId: string,
    versionIds: readonly string[],
    limit: number,
  ): Promise<VersionRelations[]> {
    return this.database.query<VersionRelations>(describeSql, [packageId, versionIds, limit]);
  }
}
