import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Deleted packages and versions keep what they had until they are purged. `removed_at` says since when one is not
 * shown, `purged_at` since when nothing but its reserved number is left.
 */
export class KeepDeletedContent1767500000000 implements MigrationInterface {
  readonly name = 'KeepDeletedContent1767500000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...columns, ...uniqueness, ...listIndexes, ...newTables])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['download_by', 'dependency', 'version_downloads'])
      await runner.query(`DROP TABLE IF EXISTS ${table}`);
  }
}

const columns = [
  `ALTER TABLE package ADD COLUMN purged_at timestamptz(3), ADD COLUMN api_name text`,
  `ALTER TABLE version ADD COLUMN purged_at timestamptz(3), ADD COLUMN updated_at timestamptz(3),
     ADD COLUMN deleted_tags text[] NOT NULL DEFAULT '{}'`,
  // True for a head tag that fell back to another version: a restored version takes it back.
  `ALTER TABLE tag ADD COLUMN fallback boolean NOT NULL DEFAULT false`,
  `ALTER TABLE format ADD COLUMN package_type text NOT NULL DEFAULT ''`,
  // Until now everything went with the removal.
  `UPDATE package SET purged_at = removed_at WHERE removed_at IS NOT NULL`,
  `UPDATE version SET purged_at = removed_at WHERE removed_at IS NOT NULL`,
];

/** A deleted package and a new one of its name are two packages. */
const uniqueness = [
  `ALTER TABLE package DROP CONSTRAINT package_format_owner_id_name_key_key`,
  `CREATE UNIQUE INDEX package_by_live_name ON package (format, owner_id, name_key) WHERE removed_at IS NULL`,
  `CREATE INDEX package_by_former_name ON package (format, owner_id, name_key) WHERE removed_at IS NOT NULL`,
];

/**
 * For every order that lists have. The visibility comes before the order: what a caller may read is a union of these.
 * Never an index on what changes with each publish: the row could not be updated in place, and every index would grow.
 */
const listIndexes = [
  ...(['created_at', 'name_key'] as const).map(
    (order) =>
      `CREATE INDEX package_list_${order} ON package (owner_id, format, visibility, ${order}, id) WHERE removed_at IS NULL`,
  ),
  `CREATE INDEX package_by_api_name ON package (owner_id, lower(coalesce(api_name, name)))`,
  `CREATE INDEX package_by_name ON package (owner_id, lower(name))`,
  `CREATE INDEX package_deleted ON package (owner_id, removed_at) WHERE removed_at IS NOT NULL AND purged_at IS NULL`,
  `CREATE INDEX package_to_purge ON package (removed_at) WHERE removed_at IS NOT NULL AND purged_at IS NULL`,
  `CREATE INDEX version_live ON version (package_id, published_revision DESC) WHERE removed_at IS NULL`,
  `CREATE INDEX version_deleted ON version (package_id, removed_at) WHERE removed_at IS NOT NULL AND purged_at IS NULL`,
  `CREATE INDEX version_to_purge ON version (removed_at) WHERE removed_at IS NOT NULL AND purged_at IS NULL`,
];

const newTables = [
  `CREATE TABLE version_downloads (
    version_id uuid PRIMARY KEY, package_id uuid NOT NULL, total bigint NOT NULL
  ) WITH (fillfactor = 70)`,
  `CREATE INDEX version_downloads_by_package ON version_downloads (package_id)`,
  `INSERT INTO version_downloads (version_id, package_id, total)
   SELECT version_id, package_id, sum(count) FROM download_count GROUP BY 1, 2`,
  // All zeros where it is not known who it was: nulls would not be equal in the key.
  `CREATE TABLE download_by (
    package_id uuid NOT NULL,
    version_id uuid NOT NULL,
    day date NOT NULL,
    account_id uuid NOT NULL,
    token_id uuid NOT NULL,
    repository_id uuid NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (package_id, version_id, day, account_id, token_id, repository_id)
  )`,
  `CREATE INDEX download_by_age ON download_by (day)`,
  `CREATE TABLE dependency (
    version_id uuid NOT NULL REFERENCES version (id),
    package_id uuid NOT NULL,
    format text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    requirement text NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (version_id, name_key, kind)
  )`,
  `CREATE INDEX dependency_by_name ON dependency (format, name_key, package_id)`,
];
