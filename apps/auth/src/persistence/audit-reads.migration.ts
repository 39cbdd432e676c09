import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Organizations say whether the audit log keeps who reads their packages. */
export class AuditReads1767600100000 implements MigrationInterface {
  readonly name = 'AuditReads1767600100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE organization_policies ADD COLUMN audit_reads text NOT NULL DEFAULT 'off'
      CHECK (audit_reads IN ('off', 'downloads', 'all'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE organization_policies DROP COLUMN audit_reads');
  }
}
