import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Trusted publishers, the ID tokens that were used, and whose trust a workflow token rests on. */
export class CreateTrustedPublishers1767300300000 implements MigrationInterface {
  readonly name = 'CreateTrustedPublishers1767300300000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tokens DROP COLUMN publisher_id');
    await runner.query('DROP TABLE used_id_tokens, trusted_publishers');
  }
}

const statements = [
  `CREATE TABLE trusted_publishers (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    repository_id uuid REFERENCES repositories ON DELETE CASCADE,
    package_name text,
    format text,
    issuer text NOT NULL,
    audience text,
    claims jsonb NOT NULL,
    role text NOT NULL CHECK (role IN ('read', 'write', 'admin')),
    created_by uuid REFERENCES accounts ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz)`,
  'CREATE INDEX trusted_publishers_owner ON trusted_publishers (owner_id, id)',
  'CREATE INDEX trusted_publishers_issuer ON trusted_publishers (issuer, owner_id)',
  'CREATE TABLE used_id_tokens (key text PRIMARY KEY, expires_at timestamptz NOT NULL)',
  'CREATE INDEX used_id_tokens_end ON used_id_tokens (expires_at)',
  'ALTER TABLE tokens ADD COLUMN publisher_id uuid REFERENCES trusted_publishers ON DELETE SET NULL',
  'CREATE INDEX tokens_publisher ON tokens (publisher_id) WHERE publisher_id IS NOT NULL',
];
