import type { FileRecord, VersionRecord } from '@packhouse/contracts';
import { isoTimeOf } from './package-row';

export interface VersionRow {
  id: string;
  number: string | number;
  version: string;
  sort_key: string;
  published_at: Date | string;
  removed_at: Date | string | null;
  properties: Record<string, string>;
  fragment: string | null;
}

export function toVersionRecord(row: VersionRow): VersionRecord {
  return {
    id: row.id,
    number: Number(row.number),
    version: row.version,
    sortKey: row.sort_key,
    publishedAt: isoTimeOf(row.published_at),
    removed: row.removed_at !== null,
    properties: row.removed_at === null ? row.properties : {},
    fragment: row.fragment,
  };
}

export interface FileRow {
  name: string;
  content_type: string;
  size: string | number;
  digests: FileRecord['digests'];
}

export function toFileRecord(row: FileRow): FileRecord {
  return { name: row.name, contentType: row.content_type, size: Number(row.size), digests: row.digests };
}
