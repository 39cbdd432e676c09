import { Inject, Injectable } from '@nestjs/common';
import { factKey, type Account } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { findLoginFault, loginKey } from '@packhouse/kernel';
import { FactCache, type Invalidations, INVALIDATIONS, type ReadFact } from '@packhouse/messaging';
import { toAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Whose login is this? Asked with every request that names an owner. */
@Injectable()
export class FindAccount {
  private readonly cache: FactCache<Account>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.cache = new FactCache(invalidations, { max: 10_000 });
  }

  async run({ login }: Ask<'findAccount'>): Promise<Answer<'findAccount'>> {
    if (findLoginFault(login) !== null) return { account: null };
    const key = loginKey(login);
    return { account: this.cache.peek(key) ?? (await this.cache.find(key, () => this.read(key))) };
  }

  private async read(key: string): Promise<ReadFact<Account> | null> {
    const row = await this.database.dataSource.manager.findOneBy(AccountEntity, { loginKey: key });
    return row && { value: toAccount(row), keys: [factKey.login(row.login), factKey.account(row.id)] };
  }
}
