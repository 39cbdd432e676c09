import type { PackageSummary, PagedPackage, VersionSummary } from '@packhouse/contracts';
import { MAX_TAGS } from './commit.repository';
import { factColumns, isoTimeOf, toPackageFacts, type PackageFactsRow } from './package-row';

/** A package as pages show it: `p` is the package. */
export const pagedPackageColumns = `${factColumns('p')}, coalesce(p.api_name, p.name) AS api_name, p.version_count, p.removed_at`;

export interface PagedPackageRow extends PackageFactsRow {
  api_name: string;
  version_count: number;
  removed_at: Date | string | null;
}

export function toPagedPackage(row: PagedPackageRow): PagedPackage {
  return {
    ...toPackageFacts(row),
    apiName: row.api_name,
    versionCount: row.version_count,
    deletedAt: row.removed_at === null ? null : isoTimeOf(row.removed_at),
  };
}

/** Of a content-addressed package the newest version that was published to speak for it, or else the newest that lists show. */
export const newestSpeaker = (packageId: string): string =>
  `coalesce(${['AND v.speaks', '']
    .map(
      (condition) => `(SELECT v.id FROM version v WHERE v.package_id = ${packageId} AND v.removed_at IS NULL
      AND NOT v.is_part ${condition} ORDER BY v.published_revision DESC LIMIT 1)`,
    )
    .join(', ')})`;

/** The version that speaks for `p`: under the head tag, or else (content-addressed) the newest that was published to. */
export const latestVersionId = `coalesce(
    (SELECT t.version_id FROM tag t WHERE t.package_id = p.id AND t.name = p.head_tag),
    CASE WHEN p.content_addressed THEN ${newestSpeaker('p.id')} END)`;

/** A package as lists show it: `p` is the package. */
export const packageSummaryColumns = `${pagedPackageColumns},
  (SELECT d.total FROM package_downloads d WHERE d.package_id = p.id) AS downloads,
  ${latestVersionId} AS latest_version_id`;

export interface PackageSummaryRow extends PagedPackageRow {
  downloads: string | number | null;
  latest_version_id: string | null;
}

export function toPackageSummary(row: PackageSummaryRow): PackageSummary {
  return {
    ...toPagedPackage(row),
    downloads: Number(row.downloads ?? 0),
    latestVersionId: row.latest_version_id,
  };
}

/** A version as lists show it: `v` is the version, `p` its package. */
export const versionSummaryColumns = `v.id, v.number, v.package_id, v.version, v.publisher_id, v.published_at, v.updated_at,
  coalesce(v.removed_at, p.removed_at) AS removed_at, v.properties, v.package_properties, v.is_part,
  (SELECT d.total FROM version_downloads d WHERE d.version_id = v.id) AS downloads,
  ARRAY(SELECT t.name FROM tag t WHERE t.version_id = v.id ORDER BY t.name LIMIT ${MAX_TAGS}) AS tags`;

export interface VersionSummaryRow {
  id: string;
  number: string | number;
  package_id: string;
  version: string;
  publisher_id: string;
  published_at: Date | string;
  updated_at: Date | string | null;
  removed_at: Date | string | null;
  properties: Record<string, string>;
  package_properties: Record<string, string>;
  downloads: string | number | null;
  tags: string[];
  is_part: boolean;
}

export function toVersionSummary(row: VersionSummaryRow): VersionSummary {
  return {
    id: row.id,
    number: Number(row.number),
    packageId: row.package_id,
    version: row.version,
    publisherId: row.publisher_id,
    properties: row.properties,
    packageProperties: row.package_properties,
    tags: row.tags,
    isPart: row.is_part,
    downloads: Number(row.downloads ?? 0),
    createdAt: isoTimeOf(row.published_at),
    updatedAt: isoTimeOf(row.updated_at ?? row.published_at),
    deletedAt: row.removed_at === null ? null : isoTimeOf(row.removed_at),
  };
}
