import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How names of a format are written whole, where the API shows a part of them. */
export class NameFormatsWhole1767700500000 implements MigrationInterface {
  readonly name = 'NameFormatsWhole1767700500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE format ADD COLUMN whole_name text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE format DROP COLUMN IF EXISTS whole_name');
  }
}
