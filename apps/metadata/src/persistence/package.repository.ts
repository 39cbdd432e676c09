import { Injectable } from '@nestjs/common';
import type { PackageFacts } from '@packhouse/contracts';
import { InjectDatabase, queryPrepared, type ServiceDatabase } from '@packhouse/database';
import { loginKey } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { searchTermsOf, type PackageState } from '../use-cases/package-state';
import { factColumns, toPackageFacts, type PackageFactsRow } from './package-row';
import { asJson, runSql } from './sql';

export interface PackageName {
  readonly format: string;
  readonly ownerId: string;
  readonly nameKey: string;
}

interface PackageStateRow extends PackageFactsRow {
  removed_at: Date | string | null;
  purged_at: Date | string | null;
  version_count: number;
  head_tag: string | null;
  properties: Record<string, string>;
  hoisted_keys: string[];
  content_addressed: boolean;
  immutable_tags: string[];
}

const stateColumns = `${factColumns('p')}, p.removed_at, p.purged_at, p.version_count, p.head_tag, p.properties, p.hoisted_keys,
  p.content_addressed, p.immutable_tags`;

/** Writes a whole package state; parameters by {@link saveParameters}. Null leaves the column as it is. */
export const savePackageSql = `UPDATE package SET
  revision = $2, updated_at = $3, version_count = $4, head_tag = $5, removed_at = $6, name = $7, visibility = $8,
  repository_id = $9, created_at = $10, inherits_access = $16, immutable_tags = $17, link_open = $18, properties = coalesce($11::jsonb, properties),
  hoisted_keys = coalesce($12::text[], hoisted_keys), search_name = coalesce($13, search_name),
  search_text = coalesce($14, search_text), keywords = coalesce($15::text[], keywords)
  WHERE id = $1`;
export const savePackageParameterCount = 18;

/** Parameters of {@link savePackageSql}. Properties that are still the same object are not written again. */
export function saveParameters(before: PackageState, after: PackageState): unknown[] {
  const isShownAnew = before.properties !== after.properties || before.name !== after.name;
  const terms = isShownAnew ? searchTermsOf(after) : null;
  return [
    after.id,
    after.revision,
    after.updatedAt,
    after.versionCount,
    after.headTag,
    after.removedAt,
    after.name,
    after.visibility,
    after.repositoryId,
    after.createdAt,
    terms && asJson(after.properties),
    terms && after.hoistedKeys,
    terms && terms.name,
    terms && terms.text,
    terms && terms.keywords,
    after.inheritsAccess,
    after.immutableTags,
    after.linkOpen,
  ];
}

const insertPackageSql = `INSERT INTO package (id, format, owner_id, name, name_key, visibility, scope, repository_id,
    inherits_access, created_at, updated_at, api_name, revision, version_count, head_tag, properties, hoisted_keys,
    search_name, search_text, keywords, content_addressed, link_open)
  SELECT $1::uuid, $2::text, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::uuid, $9::boolean, $10::timestamptz,
    $11::timestamptz, $12::text, $13::bigint, $14::integer, $15::text, $16::jsonb, $17::text[], $18::text, $19::text,
    $20::text[], $22::boolean, $23::boolean
  WHERE NOT EXISTS (SELECT FROM retired_name r WHERE r.login_key = $21::text AND r.format = $2 AND r.name_key = $5
                      AND r.freed_at IS NULL)
  ON CONFLICT (format, owner_id, name_key) WHERE removed_at IS NULL DO NOTHING RETURNING number`;

/** Rows of the `package` table. */
@Injectable()
export class PackageRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async find(name: PackageName): Promise<PackageFacts | null> {
    const [row] = await this.database.query<PackageFactsRow>(
      `SELECT ${factColumns('p')} FROM package p
       WHERE p.format = $1 AND p.owner_id = $2 AND p.name_key = $3 AND p.removed_at IS NULL`,
      [name.format, name.ownerId, name.nameKey],
      'metadata.find-package',
    );
    return row ? toPackageFacts(row) : null;
  }

  async listByIds(ids: readonly string[]): Promise<PackageFacts[]> {
    const rows = await this.database.query<PackageFactsRow>(
      `SELECT ${factColumns('p')} FROM package p WHERE p.id = ANY($1::uuid[]) AND p.removed_at IS NULL ORDER BY p.id`,
      [ids],
    );
    return rows.map(toPackageFacts);
  }

  /** In order of name, from just behind `after`. */
  async listByOwner(
    ownerId: string,
    format: string | null,
    after: { nameKey: string; id: string } | null,
    limit: number,
  ): Promise<PackageFacts[]> {
    const rows = await this.database.query<PackageFactsRow>(
      `SELECT ${factColumns('p')} FROM package p
       WHERE p.owner_id = $1 AND p.removed_at IS NULL AND ($2::text IS NULL OR p.format = $2)
         AND ($3::text IS NULL OR (p.name_key, p.id) > ($3::text COLLATE "C", $4::uuid))
       ORDER BY p.name_key, p.id LIMIT $5`,
      [ownerId, format, after?.nameKey ?? null, after?.id ?? null, limit],
    );
    return rows.map(toPackageFacts);
  }

  /** Locks a package, removed ones included, until the transaction ends. */
  async lock(manager: EntityManager, packageId: string): Promise<PackageState | null> {
    const [row] = await runSql<PackageStateRow>(
      manager,
      `SELECT ${stateColumns} FROM package p WHERE p.id = $1 FOR NO KEY UPDATE`,
      [packageId],
    );
    return row ? toState(row) : null;
  }

  /** The live package of that name. */
  async lockByName(manager: EntityManager, name: PackageName): Promise<PackageState | null> {
    const [row] = await queryPrepared<PackageStateRow>(
      manager,
      'lock-package-by-name',
      `SELECT ${stateColumns} FROM package p
       WHERE p.format = $1 AND p.owner_id = $2 AND p.name_key = $3 AND p.removed_at IS NULL FOR NO KEY UPDATE`,
      [name.format, name.ownerId, name.nameKey],
    );
    return row ? toState(row) : null;
  }

  /**
   * Makes the row of a new package, with all that its first version gives it: a second write of the row would go through
   * every index again. Gives its number; null when another publish made it at the same
   * moment, or the name is retired (without a login that is not asked).
   */
  async insert(
    manager: EntityManager,
    made: PackageState,
    { apiName, ownerLogin }: { readonly apiName: string | null; readonly ownerLogin: string | null },
  ): Promise<number | null> {
    const terms = searchTermsOf(made);
    const [row] = await queryPrepared<{ number: string }>(manager, 'insert-package', insertPackageSql, [
      made.id,
      made.format,
      made.ownerId,
      made.name,
      made.nameKey,
      made.visibility,
      made.scope,
      made.repositoryId,
      made.inheritsAccess,
      made.createdAt,
      made.updatedAt,
      apiName,
      made.revision,
      made.versionCount,
      made.headTag,
      asJson(made.properties),
      made.hoistedKeys,
      terms.name,
      terms.text,
      terms.keywords,
      ownerLogin === null ? null : loginKey(ownerLogin),
      made.isContentAddressed,
      made.linkOpen,
    ]);
    return row ? Number(row.number) : null;
  }

  async save(manager: EntityManager, before: PackageState, after: PackageState): Promise<void> {
    await runSql(manager, savePackageSql, saveParameters(before, after));
  }
}

function toState(row: PackageStateRow): PackageState {
  return {
    id: row.id,
    number: Number(row.number),
    format: row.format,
    ownerId: row.owner_id,
    name: row.name,
    nameKey: row.name_key,
    visibility: row.visibility,
    scope: row.scope,
    repositoryId: row.repository_id,
    inheritsAccess: row.inherits_access,
    linkOpen: row.link_open,
    revision: Number(row.revision),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    removedAt: row.removed_at === null ? null : new Date(row.removed_at),
    purgedAt: row.purged_at === null ? null : new Date(row.purged_at),
    versionCount: row.version_count,
    headTag: row.head_tag,
    properties: row.properties,
    hoistedKeys: row.hoisted_keys,
    isContentAddressed: row.content_addressed,
    immutableTags: row.immutable_tags,
  };
}
