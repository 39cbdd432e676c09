import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The jobs of one service. Done jobs are deleted.
 *
 * `run_at` is when a row may be claimed: of a waiting job the time it is due, of a running one the end of its lease. So
 * one index finds both work that is due and work whose worker died.
 */
export function jobsMigration(schema: string): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'CreateJobs1767225600001';

    async up(queryRunner: QueryRunner): Promise<void> {
      for (const statement of createTable(schema)) await queryRunner.query(statement);
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(`drop table "${schema}".job`);
    }
  };
}

function createTable(schema: string): string[] {
  return [
    `create table "${schema}".job (
       id bigint generated always as identity primary key,
       name text not null,
       key text,
       payload jsonb not null,
       every_ms bigint,
       state text not null default 'waiting' check (state in ('waiting', 'running', 'failed')),
       run_at timestamptz not null default now(),
       attempts integer not null default 0,
       last_error text,
       locked_by text,
       created_at timestamptz not null default now(),
       updated_at timestamptz not null default now()
     )`,
    `create index job_due on "${schema}".job (run_at) where state <> 'failed'`,
    `create unique index job_waiting_key on "${schema}".job (name, key) where state = 'waiting' and key is not null`,
    `create unique index job_recurring on "${schema}".job (name) where every_ms is not null`,
  ];
}
