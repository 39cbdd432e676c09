import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the gateway of a format serves files: announced again at each start, so nothing has to be filled in. */
export class AddFileUrl1767600000000 implements MigrationInterface {
  readonly name = 'AddFileUrl1767600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE format ADD COLUMN file_url text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE format DROP COLUMN file_url');
  }
}
