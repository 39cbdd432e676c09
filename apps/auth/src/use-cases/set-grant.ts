import { Injectable } from '@nestjs/common';
import { authEvents, factKey, type SharedPackage } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { AuthTransaction } from '../auth-transaction';
import { getAccountRow } from '../facts/accounts';
import { refuseFullList, refuseWhileInheriting } from '../facts/sharing';
import type { Answer, Ask } from '../messages';
import { GrantEntity, MembershipEntity, type AccountEntity } from '../persistence/account.entities';

/** Gives an account a role on a package, effective at once (spec P-7). */
@Injectable()
export class SetGrant {
  constructor(private readonly transaction: AuthTransaction) {}

  async run(request: Ask<'setGrant'>): Promise<Answer<'setGrant'>> {
    const { packageId, ownerId, accountId, role, actor } = request;
    refuseWhileInheriting(request);
    await this.transaction.run(async (change) => {
      const { manager } = change;
      const account = await getAccountRow(manager, accountId, 'user');
      await refuseOutsider(manager, request, account);
      await refuseFullList(manager, 'grants', packageId, ['account_id', accountId]);
      await manager.upsert(GrantEntity, { packageId, accountId, ownerId, role }, ['packageId', 'accountId']);
      await change.record(authEvents.grantChanged, { packageId, accountId, role }, actor);
      change.forget(factKey.account(accountId), factKey.packageAccess(packageId));
    });
    return {};
  }
}

/** Private and internal packages of organizations are shared with members only (spec P-9). */
async function refuseOutsider(
  manager: EntityManager,
  { ownerId, visibility }: SharedPackage,
  account: AccountEntity,
): Promise<void> {
  if (visibility === 'public') return;
  const owner = await getAccountRow(manager, ownerId);
  if (owner.kind !== 'organization') return;
  if (await manager.existsBy(MembershipEntity, { organizationId: ownerId, accountId: account.id })) return;
  throw new DomainError(
    'forbidden',
    `"${account.login}" is not a member of "${owner.login}": only members and teams can be given access to ` +
      `its ${visibility} packages. Add the account to the organization first.`,
  );
}
