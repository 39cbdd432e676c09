import { Inject, Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { AuthTransaction } from '../auth-transaction';
import { toAccount } from '../facts/accounts';
import { forgetEnterprise } from '../facts/enterprises';
import { lockMembers } from '../facts/memberships';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Which organizations an enterprise has: an organization is in one at most. */
@Injectable()
export class EnterpriseOrganizations {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
  ) {}

  async list({
    enterpriseId,
    offset,
    limit,
  }: Ask<'listEnterpriseOrganizations'>): Promise<Answer<'listEnterpriseOrganizations'>> {
    const [rows, total] = await this.database.dataSource.manager
      .createQueryBuilder(AccountEntity, 'account')
      .where('account.enterprise_id = :enterpriseId', { enterpriseId })
      .orderBy('account.loginKey')
      .skip(offset)
      .take(limit)
      .getManyAndCount();
    return { items: rows.map(toAccount), total };
  }

  async add({
    enterpriseId,
    organizationId,
    actor,
  }: Ask<'addEnterpriseOrganization'>): Promise<Answer<'addEnterpriseOrganization'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      await forgetEnterprise(change, enterpriseId);
      await lockMembers(manager, organizationId);
      const before = await findEnterpriseOf(manager, organizationId);
      if (before === enterpriseId) return;
      if (before !== null) {
        throw new DomainError(
          'invalid_request',
          'This organization is in another enterprise: remove it there first.',
        );
      }
      await manager.query('UPDATE accounts SET enterprise_id = $2 WHERE id = $1', [
        organizationId,
        enterpriseId,
      ]);
      await change.record(authEvents.enterpriseOrganizationAdded, { enterpriseId, organizationId }, actor);
      change.forget(factKey.account(organizationId));
    });
    return {};
  }

  async remove({
    enterpriseId,
    organizationId,
    actor,
  }: Ask<'removeEnterpriseOrganization'>): Promise<Answer<'removeEnterpriseOrganization'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      await forgetEnterprise(change, enterpriseId);
      await lockMembers(manager, organizationId);
      if ((await findEnterpriseOf(manager, organizationId)) !== enterpriseId)
        throw new DomainError('not_found', 'This organization is not in the enterprise.');
      await manager.query('UPDATE accounts SET enterprise_id = NULL WHERE id = $1', [organizationId]);
      await change.record(authEvents.enterpriseOrganizationRemoved, { enterpriseId, organizationId }, actor);
    });
    return {};
  }
}

async function findEnterpriseOf(manager: EntityManager, organizationId: string): Promise<string | null> {
  const [row] = await manager.query<Array<{ id: string | null }>>(
    'SELECT enterprise_id AS id FROM accounts WHERE id = $1',
    [organizationId],
  );
  return row?.id ?? null;
}
