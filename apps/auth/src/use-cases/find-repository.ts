import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { findLoginFault, loginKey } from '@packhouse/kernel';
import { findRepositoryNameFault, toRepository } from '../facts/repositories';
import type { Answer, Ask } from '../messages';
import { AccountEntity, RepositoryEntity } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** A repository by the two names in its address, compared without case. */
@Injectable()
export class FindRepository {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ ownerLogin, name }: Ask<'findRepository'>): Promise<Answer<'findRepository'>> {
    if (findLoginFault(ownerLogin) !== null || findRepositoryNameFault(name) !== null)
      return { repository: null };
    const { manager } = this.database.dataSource;
    const owner = await manager.findOneBy(AccountEntity, { loginKey: loginKey(ownerLogin) });
    const row =
      owner &&
      (await manager.findOneBy(RepositoryEntity, { ownerId: owner.id, nameKey: name.toLowerCase() }));
    return { repository: row && owner ? toRepository(row, owner.login) : null };
  }
}
