import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * At which revision the grants of a package were last replaced: the call and the event that tell of the same change
 * take effect once, and a late one never wipes grants that were given after it.
 */
export class RecordAccessChanges1767301300000 implements MigrationInterface {
  readonly name = 'RecordAccessChanges1767301300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE replaced_grants (package_id uuid PRIMARY KEY, revision bigint NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE replaced_grants');
  }
}
