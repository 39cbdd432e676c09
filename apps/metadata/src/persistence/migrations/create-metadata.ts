import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tables of packages, versions, files and tags. Properties are JSON columns beside what they describe: they are only
 * ever read together with it, so a commit or a page of versions needs no further rows.
 * Sort keys and names are compared bytewise (COLLATE "C"): the order must not depend on the server's locale.
 */
export class CreateMetadata1767225600000 implements MigrationInterface {
  readonly name = 'CreateMetadata1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...packageTables, ...versionTables, ...countTables, searchIndex])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = [
      'download_batch',
      'package_downloads',
      'download_count',
      'star',
      'tag',
      'file',
      'version_fragment',
      'version',
      'package',
      'format',
    ];
    for (const table of tables) await runner.query(`DROP TABLE IF EXISTS ${table}`);
  }
}

const packageTables = [
  `CREATE TABLE format (
    id text PRIMARY KEY, label text NOT NULL, icon text NOT NULL, mount text NOT NULL
  )`,
  // A removed package keeps its row, and is the same row when its owner publishes the name again:
  // so its version identities stay reserved, and the name is unique for ever.
  `CREATE TABLE package (
    id uuid PRIMARY KEY,
    format text NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    visibility text NOT NULL,
    repository_id uuid,
    revision bigint NOT NULL DEFAULT 0,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    removed_at timestamptz(3),
    version_count integer NOT NULL DEFAULT 0,
    head_tag text,
    properties jsonb NOT NULL DEFAULT '{}',
    hoisted_keys text[] NOT NULL DEFAULT '{}',
    search_name text NOT NULL DEFAULT '',
    search_text text NOT NULL DEFAULT '',
    keywords text[] NOT NULL DEFAULT '{}',
    UNIQUE (format, owner_id, name_key)
  )`,
  `CREATE INDEX package_by_owner ON package (owner_id, name_key, id) WHERE removed_at IS NULL`,
  `CREATE INDEX package_by_keyword ON package USING gin (keywords)`,
];

const versionTables = [
  `CREATE TABLE version (
    id uuid PRIMARY KEY,
    package_id uuid NOT NULL REFERENCES package (id),
    version text COLLATE "C" NOT NULL,
    identity text COLLATE "C" NOT NULL,
    sort_key text COLLATE "C" NOT NULL,
    publisher_id uuid NOT NULL,
    published_at timestamptz(3) NOT NULL,
    published_revision bigint NOT NULL,
    changed_revision bigint NOT NULL,
    removed_at timestamptz(3),
    properties jsonb NOT NULL DEFAULT '{}',
    package_properties jsonb NOT NULL DEFAULT '{}',
    UNIQUE (package_id, identity),
    UNIQUE (package_id, published_revision)
  )`,
  `CREATE INDEX version_by_text ON version (package_id, version)`,
  `CREATE INDEX version_by_change ON version (package_id, changed_revision)`,
  `CREATE INDEX version_by_rank ON version (package_id, sort_key DESC, published_revision DESC) WHERE removed_at IS NULL`,
  `CREATE TABLE version_fragment (
    version_id uuid NOT NULL REFERENCES version (id),
    kind text NOT NULL,
    body text NOT NULL,
    wire_size integer NOT NULL,
    PRIMARY KEY (version_id, kind)
  )`,
  `CREATE TABLE file (
    package_id uuid NOT NULL REFERENCES package (id),
    name text COLLATE "C" NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    version_id uuid NOT NULL REFERENCES version (id),
    content_type text NOT NULL,
    size bigint NOT NULL,
    digests jsonb NOT NULL,
    PRIMARY KEY (package_id, name)
  )`,
  `CREATE INDEX file_by_version ON file (version_id)`,
  `CREATE TABLE tag (
    package_id uuid NOT NULL REFERENCES package (id),
    name text COLLATE "C" NOT NULL,
    version_id uuid NOT NULL REFERENCES version (id),
    PRIMARY KEY (package_id, name)
  )`,
  `CREATE INDEX tag_by_version ON tag (version_id)`,
];

const countTables = [
  `CREATE TABLE star (
    package_id uuid NOT NULL REFERENCES package (id),
    account_id uuid NOT NULL,
    starred_at timestamptz(3) NOT NULL,
    PRIMARY KEY (account_id, package_id)
  )`,
  `CREATE INDEX star_by_package ON star (package_id, starred_at, account_id)`,
  `CREATE TABLE download_count (
    package_id uuid NOT NULL,
    day date NOT NULL,
    version_id uuid NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (package_id, day, version_id)
  )`,
  // Apart from the package's row, so that counting never waits for a publish nor rewrites its indexes.
  `CREATE TABLE package_downloads (package_id uuid PRIMARY KEY, total bigint NOT NULL) WITH (fillfactor = 70)`,
  `CREATE TABLE download_batch (batch_id uuid PRIMARY KEY, recorded_at timestamptz(3) NOT NULL DEFAULT now())`,
  `CREATE INDEX download_batch_by_age ON download_batch (recorded_at)`,
];

/** Without the right to make the extension, and nobody having made it, search still works: it reads every package. */
const searchIndex = `DO $$
  DECLARE home text;
  BEGIN
    BEGIN
      CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
    EXCEPTION WHEN OTHERS THEN
      RAISE NOTICE 'pg_trgm is not available: search reads every package';
    END;
    SELECT n.nspname INTO home FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
    IF home IS NOT NULL THEN
      EXECUTE format('CREATE INDEX package_by_words ON package USING gin (search_text %I.gin_trgm_ops) WHERE removed_at IS NULL', home);
    END IF;
  END
$$`;
