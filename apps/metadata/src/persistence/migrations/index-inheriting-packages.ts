import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What members of an organization see by its repositories: few packages among many must be found without reading the many. */
export class IndexInheritingPackages1767500600000 implements MigrationInterface {
  readonly name = 'IndexInheritingPackages1767500600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX package_inheriting ON package (owner_id, format, visibility, created_at, id)
       WHERE removed_at IS NULL AND (inherits_access OR scope = 'repository') AND repository_id IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS package_inheriting');
  }
}
