import { Injectable } from '@nestjs/common';
import { authEvents } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { AuthTransaction } from '../auth-transaction';
import { forgetAccount, getAccountRow } from '../facts/accounts';
import { forgetEnterprise } from '../facts/enterprises';
import { lockMembers } from '../facts/memberships';
import { removeRepositoriesOf } from '../facts/repositories';
import { refuseLosingLastAdministrator } from '../facts/site-administrators';
import type { Answer, Ask } from '../messages';
import { AccountEntity, MembershipEntity } from '../persistence/account.entities';

/** Removes an account with everything that belongs to it; its packages go on the event (spec P-31). */
@Injectable()
export class DeleteAccount {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ accountId, actor }: Ask<'deleteAccount'>): Promise<Answer<'deleteAccount'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      await refuseLosingLastAdministrator(manager, accountId);
      const left = await leaveOrganizations(manager, accountId);
      await manager.query('SELECT FROM accounts WHERE id = $1 FOR UPDATE', [accountId]);
      const row = await getAccountRow(manager, accountId);
      const { kind, login } = row;
      if (kind === 'bot')
        throw new DomainError('forbidden', 'This account belongs to the product and cannot be deleted.');
      // Its members lose the internal packages of the other organizations.
      const [group] = await manager.query<Array<{ id: string | null }>>(
        'SELECT enterprise_id AS id FROM accounts WHERE id = $1',
        [accountId],
      );
      if (group?.id) await forgetEnterprise(change, group.id);
      await removeRepositoriesOf(change, accountId, actor);
      await change.recordEach(
        authEvents.memberChanged,
        left.map((organizationId) => ({ organizationId, accountId, role: null })),
        actor,
      );
      await manager.delete(AccountEntity, { id: accountId });
      await change.record(authEvents.accountDeleted, { accountId, login, kind }, actor);
      forgetAccount(change, row);
    });
    return {};
  }
}

/** Ends the memberships of a user. @throws DomainError `forbidden` when an organization would be left without an owner. */
async function leaveOrganizations(manager: EntityManager, accountId: string): Promise<string[]> {
  const memberships = await manager.find(MembershipEntity, {
    where: { accountId },
    order: { organizationId: 'ASC' },
  });
  for (const { organizationId } of memberships) {
    await lockMembers(manager, organizationId);
    const role = await manager.findOneBy(MembershipEntity, { organizationId, accountId });
    if (role?.role !== 'owner') continue;
    const owners = await manager.countBy(MembershipEntity, { organizationId, role: 'owner' });
    if (owners > 1) continue;
    const { login } = await getAccountRow(manager, organizationId);
    throw new DomainError(
      'forbidden',
      `This account is the only owner of "${login}": make somebody else an owner, or delete the organization first.`,
    );
  }
  await manager.delete(MembershipEntity, { accountId });
  return memberships.map(({ organizationId }) => organizationId);
}
