import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when an account is suspended; and who made the tokens of workflows, which end with it. */
export class SuspendAccounts1767701000000 implements MigrationInterface {
  readonly name = 'SuspendAccounts1767701000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE accounts ADD COLUMN suspended_at timestamptz');
    await runner.query(
      `CREATE INDEX tokens_workflow_maker ON tokens (created_by) WHERE kind = 'workflow' AND revoked_at IS NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX tokens_workflow_maker');
    await runner.query('ALTER TABLE accounts DROP COLUMN suspended_at');
  }
}
