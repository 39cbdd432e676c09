import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Versions that wait for approval: the whole publish as it came, to be carried out later. */
export class CreateStagedVersion1767312000000 implements MigrationInterface {
  readonly name = 'CreateStagedVersion1767312000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE staged_version (
      id uuid PRIMARY KEY,
      format text NOT NULL,
      owner_id uuid NOT NULL,
      package_name text COLLATE "C" NOT NULL,
      request jsonb NOT NULL,
      staged_at timestamptz(3) NOT NULL
    )`);
    await runner.query(
      'CREATE INDEX staged_version_by_owner ON staged_version (owner_id, format, staged_at)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS staged_version');
  }
}
