import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions of the web interface. */
export class CreateSessions1767300200000 implements MigrationInterface {
  readonly name = 'CreateSessions1767300200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE sessions (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
        hash text NOT NULL UNIQUE,
        address text NOT NULL,
        user_agent text NOT NULL,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        idle_ends_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL)`,
    );
    await runner.query('CREATE INDEX sessions_account ON sessions (account_id, id)');
    await runner.query('CREATE INDEX sessions_end ON sessions (idle_ends_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sessions');
  }
}
