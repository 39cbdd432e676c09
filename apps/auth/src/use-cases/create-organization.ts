import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { getAccountRow, insertAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { MembershipEntity } from '../persistence/account.entities';

/** Makes an organization with its first owner. */
@Injectable()
export class CreateOrganization {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({
    login,
    displayName,
    ownerAccountId,
    actor,
  }: Ask<'createOrganization'>): Promise<Answer<'createOrganization'>> {
    const account = await this.transaction.run(async (change) => {
      await getAccountRow(change.manager, ownerAccountId, 'user');
      const organization = await insertAccount(
        change,
        { kind: 'organization', login, displayName },
        this.clock.now(),
        actor,
      );
      const membership = {
        organizationId: organization.id,
        accountId: ownerAccountId,
        role: 'owner' as const,
      };
      await change.manager.insert(MembershipEntity, membership);
      await change.record(authEvents.memberChanged, membership, actor);
      change.forget(factKey.account(ownerAccountId));
      return organization;
    });
    return { account };
  }
}
