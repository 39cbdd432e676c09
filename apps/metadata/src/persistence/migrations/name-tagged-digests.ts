import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As a version was called when it was pushed to a tag: its digest by another algorithm than that of its name. */
export class NameTaggedDigests1767900000000 implements MigrationInterface {
  readonly name = 'NameTaggedDigests1767900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tag ADD COLUMN digest text');
    // Of the tags in `deleted_tags`, in the same order.
    await runner.query(`ALTER TABLE version ADD COLUMN deleted_tag_digests text[] NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE version DROP COLUMN deleted_tag_digests');
    await runner.query('ALTER TABLE tag DROP COLUMN digest');
  }
}
