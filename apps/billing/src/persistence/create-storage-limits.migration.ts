import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Limits of owners, and what is reserved below them: for an upload (`sha256` is empty, its content not known yet), or for
 * content that a version will use. Only owners with a limit have reservations, and these go with it.
 *
 * A reservation that ended stays for some minutes: whoever measured before what it stood for was published, and decides
 * afterwards, still has to see it.
 */
export class CreateStorageLimits1768000000000 implements MigrationInterface {
  readonly name = 'CreateStorageLimits1768000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE reservation, storage_limit');
  }
}

const statements = [
  `CREATE TABLE storage_limit (
    owner_id uuid PRIMARY KEY,
    bytes bigint NOT NULL CHECK (bytes >= 0))`,
  `CREATE TABLE reservation (
    owner_id uuid NOT NULL REFERENCES storage_limit ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    reserved_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (owner_id, key, sha256))`,
  'CREATE INDEX reservation_expiry ON reservation (expires_at)',
];
