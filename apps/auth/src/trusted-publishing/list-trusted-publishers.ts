import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Answer, Ask } from '../messages';
import { pageOf, readCursor, uuidCursor } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { getPublisherRow, listPublisherRows } from './publisher-rows';

/** The trusted publishers of an owner, newest first. */
@Injectable()
export class ListTrustedPublishers {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({
    ownerId,
    of,
    cursor,
    limit,
  }: Ask<'listTrustedPublishers'>): Promise<Answer<'listTrustedPublishers'>> {
    const before = readCursor(cursor, uuidCursor);
    const rows = await listPublisherRows(this.database, { ownerId, of, before, limit: limit + 1 });
    return pageOf(
      rows,
      limit,
      ({ id }) => id,
      (publisher) => publisher,
    );
  }

  async find({ ownerId, publisherId }: Ask<'findTrustedPublisher'>): Promise<Answer<'findTrustedPublisher'>> {
    const publisher = await getPublisherRow(this.database.dataSource.manager, publisherId);
    return { publisher: publisher?.ownerId === ownerId ? publisher : null };
  }
}
