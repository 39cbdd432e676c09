import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Packages of an owner in order of creation: a page costs its rows, however many packages there are. */
export class IndexPackagesByCreation1767500300000 implements MigrationInterface {
  readonly name = 'IndexPackagesByCreation1767500300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX package_by_creation ON package (owner_id, created_at, number) WHERE removed_at IS NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS package_by_creation');
  }
}
