import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One table with two rows: `(1, 10)` and `(2, 20)`. */
export class CreateShelf implements MigrationInterface {
  readonly name = 'CreateShelf1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table shelf (id int primary key, size bigint not null)');
    await runner.query('insert into shelf values (1, 10), (2, 20)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table shelf');
  }
}
