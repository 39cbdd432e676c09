import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether what is published may still link a package. Those that are there keep what they have. */
export class OpenLinks1768000000000 implements MigrationInterface {
  readonly name = 'OpenLinks1768000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE package ADD COLUMN link_open boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE package DROP COLUMN link_open');
  }
}
