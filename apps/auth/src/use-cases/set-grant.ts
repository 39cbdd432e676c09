import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { IsNull, Not } from 'typeorm';
import { AuthTransaction } from '../auth-transaction';
import { getAccountRow } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { GrantEntity } from '../persistence/account.entities';

/** The list of a package's grants is answered whole. */
const maxGrants = 1000;

/** Gives an account a role on a package, effective at once (spec P-7). */
@Injectable()
export class SetGrant {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ packageId, accountId, role, actor }: Ask<'setGrant'>): Promise<Answer<'setGrant'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      await getAccountRow(manager, accountId, 'user');
      if (
        (await manager.countBy(GrantEntity, { packageId, role: Not(IsNull()), accountId: Not(accountId) })) >=
        maxGrants
      ) {
        throw new DomainError(
          'invalid_request',
          `A package holds at most ${maxGrants} grants: give access through an organization instead.`,
        );
      }
      await manager.upsert(GrantEntity, { packageId, accountId, role }, ['packageId', 'accountId']);
      await change.record(authEvents.grantChanged, { packageId, accountId, role }, actor);
      change.forget(factKey.account(accountId), factKey.packageAccess(packageId));
    });
    return {};
  }
}
