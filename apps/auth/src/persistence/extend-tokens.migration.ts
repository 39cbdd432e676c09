import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Fine-grained tokens and tokens of workflows beside the classic ones. */
export class ExtendTokens1767300100000 implements MigrationInterface {
  readonly name = 'ExtendTokens1767300100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE tokens
        ADD COLUMN kind text NOT NULL DEFAULT 'classic' CHECK (kind IN ('classic', 'fine-grained', 'workflow')),
        ADD COLUMN limits jsonb,
        ADD COLUMN workflow jsonb,
        ADD COLUMN created_by uuid REFERENCES accounts ON DELETE SET NULL,
        ADD CONSTRAINT tokens_of_a_kind CHECK (
          CASE kind
            WHEN 'classic' THEN limits IS NULL AND workflow IS NULL
            WHEN 'fine-grained' THEN limits IS NOT NULL AND workflow IS NULL AND expires_at IS NOT NULL
            ELSE workflow IS NOT NULL AND expires_at IS NOT NULL
          END)`,
    );
    await runner.query(
      `CREATE INDEX tokens_workflow_repository ON tokens ((workflow->>'repositoryId'), id) WHERE kind = 'workflow'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM tokens WHERE kind <> 'classic'`);
    await runner.query('DROP INDEX tokens_workflow_repository');
    await runner.query('ALTER TABLE tokens DROP CONSTRAINT tokens_of_a_kind');
    await runner.query(
      'ALTER TABLE tokens DROP COLUMN kind, DROP COLUMN limits, DROP COLUMN workflow, DROP COLUMN created_by',
    );
  }
}
