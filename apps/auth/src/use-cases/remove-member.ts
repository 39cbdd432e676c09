import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import {
  keepRepositoryRoles,
  leaveTeams,
  lockMembers,
  loseGrants,
  loseRepositoryRoles,
  refuseLosingLastOwner,
} from '../facts/memberships';
import type { Answer, Ask } from '../messages';
import { MembershipEntity } from '../persistence/account.entities';

/** Takes a member out of an organization, and with the membership what came with it. */
@Injectable()
export class RemoveMember {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({
    organizationId,
    accountId,
    keepAsOutsideCollaborator,
    actor,
  }: Ask<'removeMember'>): Promise<Answer<'removeMember'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      await lockMembers(manager, organizationId);
      const before = await manager.findOneBy(MembershipEntity, { organizationId, accountId });
      if (!before) throw new DomainError('not_found', 'This account is not a member of the organization.');
      if (before.role === 'owner') await refuseLosingLastOwner(manager, organizationId);
      const departure = { organizationId, accountId, actor };
      if (keepAsOutsideCollaborator) await keepRepositoryRoles(change, departure);
      else await loseRepositoryRoles(change, departure);
      await leaveTeams(change, departure);
      await loseGrants(change, departure);
      await manager.delete(MembershipEntity, { organizationId, accountId });
      await change.record(authEvents.memberChanged, { organizationId, accountId, role: null }, actor);
      change.forget(factKey.account(accountId));
    });
    return {};
  }
}
