import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { In } from 'typeorm';
import { toAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { readSlice } from '../paging';
import { AccountEntity, type MemberRole } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Organizations of which an account is a member, by login, with its role. */
@Injectable()
export class ListOrganizationsOfAccount {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({
    accountId,
    sharedWith,
    ...slice
  }: Ask<'listOrganizationsOfAccount'>): Promise<Answer<'listOrganizationsOfAccount'>> {
    const list = {
      columns: 'o.id, m.role',
      from: `FROM memberships m JOIN accounts o ON o.id = m.organization_id
        WHERE m.account_id = $1 AND ($2::uuid IS NULL OR EXISTS (
          SELECT FROM memberships shared WHERE shared.organization_id = o.id AND shared.account_id = $2))`,
      order: 'o.login_key',
      values: [accountId, sharedWith],
    };
    const { rows, total } = await readSlice<{ id: string; role: MemberRole }>(this.database, list, slice);
    if (rows.length === 0) return { items: [], total };
    const found = await this.database.dataSource.manager.findBy(AccountEntity, {
      id: In(rows.map(({ id }) => id)),
    });
    const accounts = new Map(found.map((row) => [row.id, toAccount(row)]));
    const items = rows.flatMap(({ id, role }) => {
      const account = accounts.get(id);
      return account ? [{ ...account, role }] : [];
    });
    return { items, total };
  }
}
