import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log and what keeps it append-only: no statement changes a row, and rows are deleted only by a transaction that says
 * so in `packhouse.audit_retention`, up to the time that it says and never of the last day.
 */
export class CreateAuditLog1767500000000 implements MigrationInterface {
  readonly name = 'CreateAuditLog1767500000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE entry');
    await runner.query('DROP FUNCTION refuse_change');
  }
}

const statements = [
  // Milliseconds: cursors are made of times as JSON writes them.
  `CREATE TABLE entry (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    at timestamptz(3) NOT NULL,
    action text NOT NULL,
    actor_id uuid,
    actor text,
    token_id uuid,
    address text,
    request_id text,
    owner_id uuid,
    owner text,
    repository_id uuid,
    repository text,
    package_id uuid,
    package text,
    version text,
    format text,
    subject text,
    before jsonb,
    data jsonb NOT NULL,
    words text NOT NULL)`,
  'CREATE INDEX entry_time ON entry (at, position)',
  'CREATE INDEX entry_owner ON entry (owner_id, at, position)',
  'CREATE INDEX entry_actor ON entry (lower(actor), at, position)',
  'CREATE INDEX entry_action ON entry (action text_pattern_ops, at, position)',
  'CREATE INDEX entry_package ON entry (lower(package), at, position) WHERE package IS NOT NULL',
  'CREATE INDEX entry_subject ON entry (subject, position) WHERE subject IS NOT NULL',
  `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     until text := nullif(current_setting('packhouse.audit_retention', true), '');
   BEGIN
     IF TG_OP = 'DELETE' AND until IS NOT NULL THEN
       IF OLD.at < until::timestamptz AND OLD.at < now() - interval '1 day' THEN
         RETURN OLD;
       END IF;
     END IF;
     RAISE EXCEPTION 'The audit log is append-only: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
   END $$`,
  `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entry
   FOR EACH ROW EXECUTE FUNCTION refuse_change()`,
  `CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON entry
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
];
