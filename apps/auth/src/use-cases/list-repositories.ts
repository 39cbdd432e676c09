import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { getAccountRow } from '../facts/accounts';
import { repositoryColumns, repositorySource, toRepository, type RepositoryRow } from '../facts/repositories';
import type { Answer, Ask } from '../messages';
import { nameCursor, pageOf, readCursor } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Repositories of one owner in the order of their names. */
@Injectable()
export class ListRepositories {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ ownerId, cursor, limit }: Ask<'listRepositories'>): Promise<Answer<'listRepositories'>> {
    const after = readCursor(cursor, nameCursor);
    await getAccountRow(this.database.dataSource.manager, ownerId);
    const rows = await this.database.query<RepositoryRow>(
      `SELECT ${repositoryColumns} ${repositorySource}
       WHERE r.owner_id = $1 AND ($2::text IS NULL OR r.name_key > $2) ORDER BY r.name_key LIMIT $3`,
      [ownerId, after, limit + 1],
    );
    return pageOf(rows, limit, (row) => row.name.toLowerCase(), toRepository);
  }
}
