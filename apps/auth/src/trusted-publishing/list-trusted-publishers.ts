import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Answer, Ask } from '../messages';
import { pageOf, readCursor, uuidCursor } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { listPublisherRows } from './publisher-rows';

/** The trusted publishers of an owner, newest first. */
@Injectable()
export class ListTrustedPublishers {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({
    ownerId,
    cursor,
    limit,
  }: Ask<'listTrustedPublishers'>): Promise<Answer<'listTrustedPublishers'>> {
    const before = readCursor(cursor, uuidCursor);
    const rows = await listPublisherRows(this.database, { ownerId, before, limit: limit + 1 });
    return pageOf(
      rows,
      limit,
      ({ id }) => id,
      (publisher) => publisher,
    );
  }
}
