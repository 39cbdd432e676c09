import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Versions that belong to each other, and packages whose versions are named by digests. A relation names the other
 * version by its identity: it may be missing, come later, or be purged and published again. What must not go under a
 * relation is looked at under the lock of the package, which every change of it takes.
 * `is_part` is kept with each change, so that lists and counts need no look at relations.
 */
export class RelateVersions1767800000000 implements MigrationInterface {
  readonly name = 'RelateVersions1767800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...columns, ...relations, ...indexes]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of ['version_listed', 'file_by_sha256', 'file_by_sha512'])
      await runner.query(`DROP INDEX IF EXISTS ${index}`);
    await runner.query(
      'CREATE INDEX version_live ON version (package_id, published_revision DESC) WHERE removed_at IS NULL',
    );
    await runner.query('DROP TABLE IF EXISTS version_relation');
    await runner.query('ALTER TABLE package DROP COLUMN content_addressed, DROP COLUMN immutable_tags');
    await runner.query('ALTER TABLE version DROP COLUMN is_part, DROP COLUMN removed_as_part');
    await runner.query('ALTER TABLE file DROP COLUMN addressed');
    await runner.query('ALTER TABLE format DROP COLUMN tags_shown_in');
  }
}

const columns = [
  `ALTER TABLE package ADD COLUMN content_addressed boolean NOT NULL DEFAULT false,
     ADD COLUMN immutable_tags text[] NOT NULL DEFAULT '{}'`,
  `ALTER TABLE version ADD COLUMN is_part boolean NOT NULL DEFAULT false,
     ADD COLUMN removed_as_part boolean NOT NULL DEFAULT false`,
  // Files that are found by their content; those of other packages stay out of the indexes.
  `ALTER TABLE file ADD COLUMN addressed boolean NOT NULL DEFAULT false`,
  `ALTER TABLE format ADD COLUMN tags_shown_in text`,
];

const relations = [
  `CREATE TABLE version_relation (
    version_id uuid NOT NULL REFERENCES version (id),
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('contains', 'about')),
    target text COLLATE "C" NOT NULL,
    package_id uuid NOT NULL,
    place integer NOT NULL,
    published_revision bigint NOT NULL,
    PRIMARY KEY (version_id, kind, target)
  )`,
  `CREATE INDEX version_relation_by_target
   ON version_relation (package_id, target, kind, published_revision DESC)`,
];

/** What lists show is found by an index of its own; all live ones by the unique one on the revision of publication. */
const indexes = [
  `DROP INDEX version_live`,
  `CREATE INDEX version_listed ON version (package_id, published_revision DESC) WHERE removed_at IS NULL AND NOT is_part`,
  `CREATE INDEX file_by_sha256 ON file (package_id, (digests->>'sha256')) WHERE addressed`,
  `CREATE INDEX file_by_sha512 ON file (package_id, (digests->>'sha512')) WHERE addressed AND digests->>'sha512' IS NOT NULL`,
];
