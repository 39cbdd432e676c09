import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { MoreThan, Not } from 'typeorm';
import { toAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { nameCursor, pageOf, readCursor } from '../paging';
import { AccountEntity } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Accounts in the order of their logins, or in that in which they were made. */
@Injectable()
export class ListAccounts {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ kind, cursor, limit }: Ask<'listAccounts'>): Promise<Answer<'listAccounts'>> {
    const after = readCursor(cursor, nameCursor);
    const rows = await this.database.dataSource.manager.find(AccountEntity, {
      where: { kind: kind ?? Not('bot' as const), ...(after === null ? {} : { loginKey: MoreThan(after) }) },
      order: { loginKey: 'ASC' },
      take: limit + 1,
    });
    return pageOf(rows, limit, (row) => row.loginKey, toAccount);
  }

  async byNumber({
    kind,
    after,
    limit,
  }: Ask<'listAccountsByNumber'>): Promise<Answer<'listAccountsByNumber'>> {
    const rows = await this.database.dataSource.manager.find(AccountEntity, {
      where: { kind: kind ?? Not('bot' as const), number: MoreThan(after) },
      order: { number: 'ASC' },
      take: limit,
    });
    return { items: rows.map(toAccount) };
  }
}
