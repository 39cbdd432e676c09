import type {
  ListedFile,
  ListedPackage,
  ListedRelated,
  ListedTag,
  ListedVersion,
} from '@packhouse/contracts';
import { factColumns, isoTimeOf, toPackageFacts, type PackageFactsRow } from './package-row';
import { toFileRecord, type FileRow } from './version-row';

export interface ListedPackageRow extends PackageFactsRow {
  api_name: string;
}

export const listedPackageColumns = `${factColumns('p')}, coalesce(p.api_name, p.name) AS api_name`;

export function toListedPackage(row: ListedPackageRow): ListedPackage {
  return { ...toPackageFacts(row), apiName: row.api_name };
}

export interface ListedVersionRow {
  id: string;
  number: string | number;
  package_id: string;
  version: string;
  platform: string | null;
  pre_release: boolean;
  is_part: boolean;
  published_at: Date | string;
  published_revision: string | number;
}

export const listedVersionColumns = `v.id, v.number, v.package_id, v.version, v.published_at, v.published_revision,
  coalesce(v.properties->>'platform', v.package_properties->>'platform') AS platform,
  v.properties->>'prerelease' IS NOT DISTINCT FROM 'true' AS pre_release, v.is_part`;

export function toListedVersion(row: ListedVersionRow): ListedVersion {
  return {
    id: row.id,
    number: Number(row.number),
    packageId: row.package_id,
    version: row.version,
    platform: row.platform,
    preRelease: row.pre_release,
    isPart: row.is_part,
    publishedAt: isoTimeOf(row.published_at),
    publishedRevision: Number(row.published_revision),
  };
}

export interface ListedFileRow extends FileRow {
  id: string;
  version_id: string;
  package_id: string;
  published_at: Date | string;
}

export const listedFileColumns =
  'f.id, f.version_id, f.package_id, f.name, f.content_type, f.size, f.digests, v.published_at';

export function toListedFile(row: ListedFileRow): ListedFile {
  return {
    ...toFileRecord(row),
    id: row.id,
    versionId: row.version_id,
    packageId: row.package_id,
    createdAt: isoTimeOf(row.published_at),
  };
}

export interface ListedTagRow {
  package_id: string;
  name: string;
  version_id: string;
}

export const listedTagColumns = 't.package_id, t.name, t.version_id';

export function toListedTag(row: ListedTagRow): ListedTag {
  return { packageId: row.package_id, name: row.name, versionId: row.version_id };
}

export interface ListedRelatedRow {
  id: string | null;
  version: string;
  position: string | number;
}

export function toListedRelated({ id, version, position }: ListedRelatedRow): ListedRelated {
  return { id, version, position: Number(position) };
}

export interface ParentRow {
  parent_id: string;
}

/** The rows of each parent, in the order they came; one more row than `limit` says that there is more. */
export function toLists<Row extends ParentRow, Item>(
  parentIds: readonly string[],
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Array<{ parentId: string; items: Item[]; isMore: boolean }> {
  const byParent = new Map<string, Row[]>(parentIds.map((parentId) => [parentId, []]));
  for (const row of rows) byParent.get(row.parent_id)?.push(row);
  return [...byParent].map(([parentId, own]) => ({
    parentId,
    items: own.slice(0, limit).map(toItem),
    isMore: own.length > limit,
  }));
}
