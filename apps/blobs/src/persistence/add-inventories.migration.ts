import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Inventories among the collections, and which of them are still at work. */
export class AddInventories1764230000000 implements MigrationInterface {
  readonly name = 'AddInventories1764230000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE collection
         ADD COLUMN kind text NOT NULL DEFAULT 'collection',
         ADD COLUMN missing bigint NOT NULL DEFAULT 0,
         ADD COLUMN seen_at timestamptz DEFAULT now()`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE collection DROP COLUMN kind, DROP COLUMN missing, DROP COLUMN seen_at');
  }
}
