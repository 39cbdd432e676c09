import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { IsNull, Not } from 'typeorm';
import { AuthTransaction } from '../auth-transaction';
import { refuseWhileInheriting } from '../facts/sharing';
import type { Answer, Ask } from '../messages';
import { GrantEntity } from '../persistence/account.entities';

/** Takes a role back. The row stays without a role: the creator's first grant must not come back with a late event. */
@Injectable()
export class RemoveGrant {
  constructor(private readonly transaction: AuthTransaction) {}

  async run(request: Ask<'removeGrant'>): Promise<Answer<'removeGrant'>> {
    const { packageId, accountId, actor } = request;
    refuseWhileInheriting(request);
    await this.transaction.run(async (change) => {
      const removed = await change.manager.update(
        GrantEntity,
        { packageId, accountId, role: Not(IsNull()) },
        { role: null },
      );
      if (removed.affected !== 1)
        throw new DomainError('not_found', 'This account has no grant on the package.');
      await change.record(authEvents.grantChanged, { packageId, accountId, role: null }, actor);
      change.forget(factKey.account(accountId), factKey.packageAccess(packageId));
    });
    return {};
  }
}
