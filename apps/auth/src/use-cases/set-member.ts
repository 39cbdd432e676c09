import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { AuthTransaction } from '../auth-transaction';
import { getAccountRow } from '../facts/accounts';
import { lockMembers, refuseLosingLastOwner } from '../facts/memberships';
import type { Answer, Ask } from '../messages';
import { MembershipEntity } from '../persistence/account.entities';

/** Adds a member or changes its role. */
@Injectable()
export class SetMember {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ organizationId, accountId, role, actor }: Ask<'setMember'>): Promise<Answer<'setMember'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      await lockMembers(manager, organizationId);
      await getAccountRow(manager, accountId, 'user');
      const before = await manager.findOneBy(MembershipEntity, { organizationId, accountId });
      if (before?.role === role) return;
      if (before?.role === 'owner') await refuseLosingLastOwner(manager, organizationId);
      await manager.upsert(MembershipEntity, { organizationId, accountId, role }, [
        'organizationId',
        'accountId',
      ]);
      await change.record(authEvents.memberChanged, { organizationId, accountId, role }, actor);
      change.forget(factKey.account(accountId));
    });
    return {};
  }
}
