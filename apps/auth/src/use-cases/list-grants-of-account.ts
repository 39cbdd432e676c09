import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { grantColumns, type GrantRow } from '../facts/grants';
import type { Answer, Ask } from '../messages';
import { pageOf, readCursor, uuidCursor } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Every grant that an account has, by package. */
@Injectable()
export class ListGrantsOfAccount {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({
    accountId,
    cursor,
    limit,
  }: Ask<'listGrantsOfAccount'>): Promise<Answer<'listGrantsOfAccount'>> {
    const after = readCursor(cursor, uuidCursor);
    const rows = await this.database.query<GrantRow>(
      `${grantColumns} WHERE g.account_id = $1 AND g.role IS NOT NULL AND ($2::uuid IS NULL OR g.package_id > $2)
       ORDER BY g.package_id LIMIT $3`,
      [accountId, after, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      (row) => row.packageId,
      (row) => row,
    );
  }
}
