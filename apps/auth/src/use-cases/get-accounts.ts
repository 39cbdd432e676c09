import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { In } from 'typeorm';
import { toAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** The accounts of these ids; ids that are nobody's are left out. */
@Injectable()
export class GetAccounts {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ ids }: Ask<'getAccounts'>): Promise<Answer<'getAccounts'>> {
    if (ids.length === 0) return { accounts: [] };
    const rows = await this.database.dataSource.manager.findBy(AccountEntity, { id: In(ids) });
    return { accounts: rows.map(toAccount) };
  }
}
