import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Full names that nobody may make again. A freed one keeps its row: the event that retired it may be delivered once
 * more, and must not take the administrator's word back.
 */
export class CreateRetiredNames1767700000000 implements MigrationInterface {
  readonly name = 'CreateRetiredNames1767700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE format ADD COLUMN retire_names_above bigint');
    await runner.query(
      `CREATE TABLE retired_name (
        id uuid PRIMARY KEY,
        format text COLLATE "C" NOT NULL,
        login text NOT NULL,
        login_key text COLLATE "C" NOT NULL,
        name text NOT NULL,
        name_key text COLLATE "C" NOT NULL,
        package_id uuid NOT NULL,
        owner_id uuid NOT NULL,
        retired_at timestamptz(3) NOT NULL,
        freed_at timestamptz(3),
        UNIQUE (login_key, format, name_key))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS retired_name');
    await runner.query('ALTER TABLE format DROP COLUMN IF EXISTS retire_names_above');
  }
}
