import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tags under which clients without a better way keep what is said about another version. The name alone says which one
 * that is, so that this holds whether or not the package has the tag at the moment.
 */
export class NameCompanionTags1767800900000 implements MigrationInterface {
  readonly name = 'NameCompanionTags1767800900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE companion_tag (
      package_id uuid NOT NULL REFERENCES package (id) ON DELETE CASCADE,
      name text COLLATE "C" NOT NULL,
      target text COLLATE "C" NOT NULL,
      PRIMARY KEY (package_id, name)
    )`);
    await runner.query('CREATE INDEX companion_tag_by_target ON companion_tag (package_id, target)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE companion_tag');
  }
}
