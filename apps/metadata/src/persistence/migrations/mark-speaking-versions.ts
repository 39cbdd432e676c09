import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Versions of content-addressed packages that were published to speak for them: what only signs others does not. */
export class MarkSpeakingVersions1767800300000 implements MigrationInterface {
  readonly name = 'MarkSpeakingVersions1767800300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE version ADD COLUMN speaks boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE version DROP COLUMN speaks');
  }
}
