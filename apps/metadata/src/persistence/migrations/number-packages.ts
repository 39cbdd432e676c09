import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whole numbers by which GitHub's API names packages and versions, and how a package stands to a repository. */
export class NumberPackages1767400000000 implements MigrationInterface {
  readonly name = 'NumberPackages1767400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE package
      ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      ADD COLUMN scope text NOT NULL DEFAULT 'owner' CHECK (scope IN ('owner', 'repository')),
      ADD COLUMN inherits_access boolean NOT NULL DEFAULT false`);
    await runner.query('ALTER TABLE version ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE');
    await runner.query(
      'CREATE INDEX package_by_repository ON package (repository_id, name_key, id) WHERE repository_id IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE version DROP COLUMN number');
    await runner.query(
      'ALTER TABLE package DROP COLUMN number, DROP COLUMN scope, DROP COLUMN inherits_access',
    );
  }
}
