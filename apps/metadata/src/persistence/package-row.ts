import type { PackageFacts, Visibility } from '@packhouse/contracts';

/** Columns that every reader of a package takes. */
export const factColumns = (alias: string): string =>
  [
    'id',
    'format',
    'owner_id',
    'name',
    'name_key',
    'number',
    'visibility',
    'scope',
    'repository_id',
    'inherits_access',
    'link_open',
    'revision',
    'created_at',
    'updated_at',
  ]
    .map((column) => `${alias}.${column}`)
    .join(', ');

/** A package as the database gives it: 64-bit integers arrive as text. */
export interface PackageFactsRow {
  id: string;
  format: string;
  owner_id: string;
  name: string;
  name_key: string;
  number: string | number;
  visibility: Visibility;
  scope: PackageFacts['scope'];
  repository_id: string | null;
  inherits_access: boolean;
  link_open: boolean;
  revision: string | number;
  created_at: Date | string;
  updated_at: Date | string;
}

export function isoTimeOf(value: Date | string): string {
  return (value instanceof Date ? value : new Date(value)).toISOString();
}

export function toPackageFacts(row: PackageFactsRow): PackageFacts {
  return {
    id: row.id,
    format: row.format,
    ownerId: row.owner_id,
    name: row.name,
    nameKey: row.name_key,
    number: Number(row.number),
    visibility: row.visibility,
    scope: row.scope,
    repositoryId: row.repository_id,
    inheritsAccess: row.inherits_access,
    linkOpen: row.link_open,
    revision: Number(row.revision),
    createdAt: isoTimeOf(row.created_at),
    updatedAt: isoTimeOf(row.updated_at),
  };
}
