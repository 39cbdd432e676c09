import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each collection removed, or would have removed. */
export class AddCollections1764131000000 implements MigrationInterface {
  readonly name = 'AddCollections1764131000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE collection (
        id uuid PRIMARY KEY,
        dry_run boolean NOT NULL,
        requested_by text,
        started_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        blobs bigint NOT NULL DEFAULT 0,
        bytes bigint NOT NULL DEFAULT 0,
        kept bigint NOT NULL DEFAULT 0,
        failed bigint NOT NULL DEFAULT 0)`,
    );
    await runner.query('CREATE INDEX collection_time ON collection (started_at DESC)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE collection');
  }
}
