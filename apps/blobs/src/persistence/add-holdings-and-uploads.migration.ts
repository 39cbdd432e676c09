import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Places that may use content without a version of theirs having it yet, and content that arrives over several requests. */
export class AddHoldingsAndUploads1764130000000 implements MigrationInterface {
  readonly name = 'AddHoldingsAndUploads1764130000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE upload, holding');
    await runner.query('DROP INDEX blob_sha512');
  }
}

const statements = [
  `CREATE TABLE holding (
    place text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL REFERENCES blob ON DELETE RESTRICT,
    stored boolean NOT NULL,
    touched_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (place, sha256))`,
  'CREATE INDEX holding_blob ON holding (sha256)',
  'CREATE INDEX holding_touched ON holding (touched_at)',
  'CREATE INDEX blob_sha512 ON blob (sha512) WHERE sha512 IS NOT NULL',
  `CREATE TABLE upload (
    id uuid PRIMARY KEY,
    place text COLLATE "C" NOT NULL,
    account_id uuid NOT NULL,
    received bigint NOT NULL DEFAULT 0,
    state text,
    claim uuid,
    claimed_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL)`,
  'CREATE INDEX upload_of_account ON upload (place, account_id)',
  'CREATE INDEX upload_expiry ON upload (expires_at)',
];
