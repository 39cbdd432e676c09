import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { MoreThan } from 'typeorm';
import { getAccountRow } from '../facts/accounts';
import { toRepository } from '../facts/repositories';
import type { Answer, Ask } from '../messages';
import { nameCursor, pageOf, readCursor } from '../paging';
import { RepositoryEntity } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Repositories of one owner in the order of their names. */
@Injectable()
export class ListRepositories {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ ownerId, cursor, limit }: Ask<'listRepositories'>): Promise<Answer<'listRepositories'>> {
    const after = readCursor(cursor, nameCursor);
    const { manager } = this.database.dataSource;
    const owner = await getAccountRow(manager, ownerId);
    const rows = await manager.find(RepositoryEntity, {
      where: { ownerId, ...(after === null ? {} : { nameKey: MoreThan(after) }) },
      order: { nameKey: 'ASC' },
      take: limit + 1,
    });
    return pageOf(
      rows,
      limit,
      (row) => row.nameKey,
      (row) => toRepository(row, owner.login),
    );
  }
}
