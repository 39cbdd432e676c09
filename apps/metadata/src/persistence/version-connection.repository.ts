import { Injectable } from '@nestjs/common';
import type {
  ListedFile,
  ListedTag,
  metadataContract,
  RequestOf,
  ResponseOf,
  ListedVersion,
} from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import {
  listedFileColumns,
  listedTagColumns,
  toListedFile,
  toListedTag,
  toLists,
  toListedVersion,
  listedVersionColumns,
  type ListedFileRow,
  type ListedTagRow,
  type ParentRow,
  type ListedVersionRow,
} from './connection-rows';
import { boundsSql } from './sql';
import { latestVersionId } from './summary-row';

type Contract = typeof metadataContract;

/** A visible version of a package that exists. */
const visibleVersion =
  'version v JOIN package p ON p.id = v.package_id AND p.removed_at IS NULL AND v.removed_at IS NULL';

/** Versions, files and tags of many packages or versions, each with one statement. */
@Injectable()
export class VersionConnectionRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async listOfPackages({
    packageIds,
    slice,
  }: RequestOf<Contract, 'listVersionsOfPackages'>): Promise<ResponseOf<Contract, 'listVersionsOfPackages'>> {
    const order = slice.descending ? 'DESC' : 'ASC';
    const rows = await this.database.query<ListedVersionRow & ParentRow>(
      `SELECT parent.id AS parent_id, found.* FROM unnest($1::uuid[]) WITH ORDINALITY AS parent(id, place)
       JOIN package p ON p.id = parent.id AND p.removed_at IS NULL
       CROSS JOIN LATERAL (
         SELECT ${listedVersionColumns} FROM version v
         WHERE v.package_id = parent.id AND v.removed_at IS NULL AND NOT v.is_part
           AND ${boundsSql('v.published_revision', 'bigint', slice.descending)}
         ORDER BY v.published_revision ${order} LIMIT $4
       ) found ORDER BY parent.place, found.published_revision ${order}`,
      [packageIds, slice.after, slice.before, slice.limit + 1],
    );
    return { lists: toLists(packageIds, rows, slice.limit, toListedVersion) };
  }

  async listFilesOf({
    versionIds,
    slice,
  }: RequestOf<Contract, 'listFilesOfVersions'>): Promise<ResponseOf<Contract, 'listFilesOfVersions'>> {
    const rows = await this.listNamed<ListedFileRow>('file', listedFileColumns, versionIds, slice);
    return { lists: toLists(versionIds, rows, slice.limit, toListedFile) };
  }

  async listTagsOf({
    versionIds,
    slice,
  }: RequestOf<Contract, 'listTagsOfVersions'>): Promise<ResponseOf<Contract, 'listTagsOfVersions'>> {
    const rows = await this.listNamed<ListedTagRow>('tag', listedTagColumns, versionIds, slice);
    return { lists: toLists(versionIds, rows, slice.limit, toListedTag) };
  }

  async listTagsByName(wanted: ReadonlyArray<{ packageId: string; name: string }>): Promise<ListedTag[]> {
    const rows = await this.database.query<ListedTagRow>(
      `SELECT ${listedTagColumns} FROM ${visibleVersion} JOIN tag t ON t.version_id = v.id
       WHERE (t.package_id, t.name) IN (SELECT w.package_id, w.name COLLATE "C"
         FROM unnest($1::uuid[], $2::text[]) AS w(package_id, name))`,
      [wanted.map(({ packageId }) => packageId), wanted.map(({ name }) => name)],
    );
    return rows.map(toListedTag);
  }

  async countOf(
    table: 'file' | 'tag',
    versionIds: readonly string[],
  ): Promise<Array<{ parentId: string; total: number }>> {
    const rows = await this.database.query<ParentRow & { total: string | number }>(
      `SELECT parent.id AS parent_id, (SELECT count(*) FROM ${table} f WHERE f.version_id = parent.id) AS total
       FROM unnest($1::uuid[]) AS parent(id)`,
      [versionIds],
    );
    return rows.map(({ parent_id, total }) => ({ parentId: parent_id, total: Number(total) }));
  }

  async listByIds(ids: readonly string[]): Promise<ListedVersion[]> {
    return this.listVersions('v.id = ANY($1::uuid[])', [ids]);
  }

  async listFilesByIds(ids: readonly string[]): Promise<ListedFile[]> {
    const rows = await this.database.query<ListedFileRow>(
      `SELECT ${listedFileColumns} FROM ${visibleVersion} JOIN file f ON f.version_id = v.id WHERE f.id = ANY($1::uuid[])`,
      [ids],
    );
    return rows.map(toListedFile);
  }

  listHeads(packageIds: readonly string[]): Promise<ListedVersion[]> {
    return this.listVersions(
      `p.id = ANY($1::uuid[]) AND v.id = coalesce(${latestVersionId},
         (SELECT h.id FROM version h WHERE h.package_id = p.id AND h.removed_at IS NULL AND NOT h.is_part
          ORDER BY h.sort_key DESC, h.published_revision DESC LIMIT 1))`,
      [packageIds],
    );
  }

  async listByText(wanted: ReadonlyArray<{ packageId: string; version: string }>): Promise<ListedVersion[]> {
    return this.listVersions(
      `(v.package_id, v.version) IN (SELECT w.package_id, w.version COLLATE "C"
         FROM unnest($1::uuid[], $2::text[]) AS w(package_id, version))`,
      [wanted.map(({ packageId }) => packageId), wanted.map(({ version }) => version)],
    );
  }

  /** In the order asked for; versions that are gone are left out. */
  async listTexts(
    versionIds: readonly string[],
    property: string,
  ): Promise<Array<{ versionId: string; text: string | null }>> {
    return this.database.query(
      `SELECT v.id AS "versionId", coalesce(v.package_properties->>$2, v.properties->>$2) AS text
       FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted(id, place) JOIN version v ON v.id = wanted.id
       WHERE v.removed_at IS NULL ORDER BY wanted.place`,
      [versionIds, property],
    );
  }

  async sumDownloads(
    packageIds: readonly string[],
    versionIds: readonly string[],
  ): Promise<Array<{ id: string; total: number }>> {
    const rows = await this.database.query<{ id: string; total: string | number }>(
      `SELECT package_id AS id, total FROM package_downloads WHERE package_id = ANY($1::uuid[])
       UNION ALL
       SELECT v.id, coalesce((SELECT sum(d.count) FROM download_count d
         WHERE d.package_id = v.package_id AND d.version_id = v.id), 0) AS total
       FROM version v WHERE v.id = ANY($2::uuid[])`,
      [packageIds, versionIds],
    );
    return rows.map(({ id, total }) => ({ id, total: Number(total) }));
  }

  /** What versions have under names, in order of these; `columns` are those of its table and of `v`. */
  private listNamed<Row>(
    table: 'file' | 'tag',
    columns: string,
    versionIds: readonly string[],
    slice: RequestOf<Contract, 'listFilesOfVersions'>['slice'],
  ): Promise<Array<Row & ParentRow>> {
    const order = slice.descending ? 'DESC' : 'ASC';
    const alias = table === 'file' ? 'f' : 't';
    return this.database.query<Row & ParentRow>(
      `SELECT parent.id AS parent_id, found.* FROM unnest($1::uuid[]) WITH ORDINALITY AS parent(id, place)
       CROSS JOIN LATERAL (
         SELECT ${columns} FROM ${visibleVersion} JOIN ${table} ${alias} ON ${alias}.version_id = v.id
         WHERE v.id = parent.id AND ${boundsSql(`${alias}.name`, 'text COLLATE "C"', slice.descending)}
         ORDER BY ${alias}.name ${order} LIMIT $4
       ) found ORDER BY parent.place, found.name ${order}`,
      [versionIds, slice.after, slice.before, slice.limit + 1],
    );
  }

  private async listVersions(condition: string, values: unknown[]): Promise<ListedVersion[]> {
    const rows = await this.database.query<ListedVersionRow>(
      `SELECT ${listedVersionColumns} FROM ${visibleVersion} WHERE ${condition}`,
      values,
    );
    return rows.map(toListedVersion);
  }
}
