import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The tables of events in one service's schema: its own log (`outbox`) and, for what it hears from others, how far it
 * has read (`event_cursor`), what it gave up on (`event_failure`) and what it has done (`event_done`, see `once`).
 *
 * `position` is the order of the log. It is not `id`: a sequence hands out ids when rows are written, transactions
 * commit in another order, and a reader that has passed id 7 would never see id 6 appear behind it. The relay
 * gives positions to rows that are committed, so the log only grows at its end.
 */
export function outboxMigrations(schema: string): Array<new () => MigrationInterface> {
  return [createOutbox(schema), keepWholeActor(schema), keepFailedEnvelope(schema)];
}

function createOutbox(schema: string): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'CreateOutbox1767225600000';

    async up(queryRunner: QueryRunner): Promise<void> {
      for (const statement of createTables(schema)) await queryRunner.query(statement);
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(
        `drop table "${schema}".outbox, "${schema}".event_cursor, "${schema}".event_failure, "${schema}".event_done`,
      );
      await queryRunner.query(`drop sequence "${schema}".outbox_position`);
    }
  };
}

/** Who caused an event, with token, address and request: the audit log tells them. */
function keepWholeActor(schema: string): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'KeepWholeActor1767350000000';

    async up(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(`alter table "${schema}".outbox add column actor jsonb`);
      await queryRunner.query(
        `update "${schema}".outbox set actor = jsonb_build_object('accountId', actor_id, 'login', '', 'tokenId', null, 'address', null, 'requestId', null)
         where actor_id is not null`,
      );
      await queryRunner.query(`alter table "${schema}".outbox drop column actor_id`);
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(`alter table "${schema}".outbox add column actor_id uuid`);
      await queryRunner.query(`update "${schema}".outbox set actor_id = (actor->>'accountId')::uuid`);
      await queryRunner.query(`alter table "${schema}".outbox drop column actor`);
    }
  };
}

/** All of an event that is parked: it can be delivered later as it was. */
function keepFailedEnvelope(schema: string): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'KeepFailedEnvelope1767600200000';

    async up(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(
        `alter table "${schema}".event_failure add column actor jsonb, add column occurred_at timestamptz`,
      );
      // Those of before were told at about the time of their failure.
      await queryRunner.query(`update "${schema}".event_failure set occurred_at = failed_at`);
      await queryRunner.query(`alter table "${schema}".event_failure alter column occurred_at set not null`);
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(
        `alter table "${schema}".event_failure drop column actor, drop column occurred_at`,
      );
    }
  };
}

function createTables(schema: string): string[] {
  return [
    `create sequence "${schema}".outbox_position`,
    `create table "${schema}".outbox (
       id bigint generated always as identity primary key,
       event_id uuid not null unique,
       type text not null,
       payload jsonb not null,
       actor_id uuid,
       occurred_at timestamptz not null default now(),
       position bigint
     )`,
    `create index outbox_waiting on "${schema}".outbox (id) where position is null`,
    `create unique index outbox_position_key on "${schema}".outbox (position)`,
    `create table "${schema}".event_cursor (
       source text not null,
       consumer text not null,
       position bigint not null,
       primary key (source, consumer)
     )`,
    `create table "${schema}".event_failure (
       consumer text not null,
       event_id uuid not null,
       source text not null,
       type text not null,
       payload jsonb not null,
       error text not null,
       attempts integer not null,
       failed_at timestamptz not null default now(),
       primary key (consumer, event_id)
     )`,
    `create table "${schema}".event_done (
       consumer text not null,
       event_id uuid not null,
       done_at timestamptz not null default now(),
       primary key (consumer, event_id)
     )`,
  ];
}
