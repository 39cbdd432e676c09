import { Inject, Injectable } from '@nestjs/common';
import { factKey } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { lockMembers, loseRepositoryRoles } from '../facts/memberships';
import type { Answer, Ask } from '../messages';
import { readSlice } from '../paging';
import { MembershipEntity } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** People who work on repositories of an organization without being its members. */
@Injectable()
export class OutsideCollaborators {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
  ) {}

  async list({
    organizationId,
    ...slice
  }: Ask<'listOutsideCollaborators'>): Promise<Answer<'listOutsideCollaborators'>> {
    const list = {
      columns: 'a.id AS "accountId", a.login',
      from: `FROM accounts a WHERE a.id IN (
          SELECT c.account_id FROM repositories r JOIN repository_collaborators c ON c.repository_id = r.id WHERE r.owner_id = $1)
        AND NOT EXISTS (SELECT FROM memberships m WHERE m.organization_id = $1 AND m.account_id = a.id)`,
      order: 'a.login_key',
      values: [organizationId],
    };
    const { rows, total } = await readSlice<{ accountId: string; login: string }>(this.database, list, slice);
    return { items: rows, total };
  }

  async remove({
    organizationId,
    accountId,
    actor,
  }: Ask<'removeOutsideCollaborator'>): Promise<Answer<'removeOutsideCollaborator'>> {
    await this.transaction.run(async (change) => {
      await lockMembers(change.manager, organizationId);
      if (await change.manager.existsBy(MembershipEntity, { organizationId, accountId })) {
        throw new DomainError(
          'invalid_request',
          'This account is a member of the organization: remove the membership instead.',
        );
      }
      if ((await loseRepositoryRoles(change, { organizationId, accountId, actor })) === 0)
        throw new DomainError('not_found', 'This account is not an outside collaborator.');
      change.forget(factKey.account(accountId), factKey.account(organizationId));
    });
    return {};
  }
}
