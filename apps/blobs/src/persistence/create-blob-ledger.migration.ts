import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `link` is the truth of what is in use; `blob.unlinked_at` only says where the collector looks.
 * The foreign key is what makes a new link wait for a collector that holds the row of its blob.
 */
export class CreateBlobLedger1764000000000 implements MigrationInterface {
  readonly name = 'CreateBlobLedger1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE link, blob');
  }
}

const statements = [
  `CREATE TABLE blob (
    sha256 text COLLATE "C" PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size bigint NOT NULL CHECK (size >= 0),
    md5 text,
    sha1 text,
    sha512 text,
    created_at timestamptz NOT NULL DEFAULT now(),
    unlinked_at timestamptz)`,
  'CREATE INDEX blob_unlinked ON blob (sha256) WHERE unlinked_at IS NOT NULL',
  `CREATE TABLE link (
    version_id uuid NOT NULL,
    sha256 text COLLATE "C" NOT NULL REFERENCES blob ON DELETE RESTRICT,
    provisional boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (version_id, sha256))`,
  'CREATE INDEX link_blob ON link (sha256)',
  'CREATE INDEX link_provisional ON link (version_id, created_at) WHERE provisional',
];
