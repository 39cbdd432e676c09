import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Answer, Ask } from '../messages';
import { pageOf, readCursor, readSlice, uuidCursor } from '../paging';
import type { MemberRole } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

interface MemberRow {
  accountId: string;
  login: string;
  role: MemberRole;
}

const columns = 'm.account_id AS "accountId", a.login, m.role';
const source = 'FROM memberships m JOIN accounts a ON a.id = m.account_id';

/** Members of an organization: in the order in which their accounts were made, or by login in numbered pages. */
@Injectable()
export class ListMembers {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ organizationId, cursor, limit }: Ask<'listMembers'>): Promise<Answer<'listMembers'>> {
    const after = readCursor(cursor, uuidCursor);
    const rows = await this.database.query<MemberRow>(
      `SELECT ${columns} ${source}
       WHERE m.organization_id = $1 AND ($2::uuid IS NULL OR m.account_id > $2) ORDER BY m.account_id LIMIT $3`,
      [organizationId, after, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      (row) => row.accountId,
      (row) => row,
    );
  }

  async byPage({
    organizationId,
    role,
    ...slice
  }: Ask<'listMembersByPage'>): Promise<Answer<'listMembersByPage'>> {
    const list = {
      columns,
      from: `${source} WHERE m.organization_id = $1 AND ($2::text IS NULL OR m.role = $2)`,
      order: 'a.login_key',
      values: [organizationId, role],
    };
    const { rows, total } = await readSlice<MemberRow>(this.database, list, slice);
    return { items: rows, total };
  }
}
