import { Inject, Injectable } from '@nestjs/common';
import { canReadWith } from '@packhouse/access';
import { nothingReadable } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** What fits a message with room to spare. */
const maxListed = 8000;

/** What a caller may read besides public packages, for lists and searches: the same rules as for a single package. */
@Injectable()
export class ListReadable {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ principal }: Ask<'listReadable'>): Promise<Answer<'listReadable'>> {
    if (principal === null || !canReadWith(principal.scopes)) return nothingReadable;
    const [owners, packages] = await Promise.all([
      this.database.query<{ id: string }>(
        "SELECT organization_id AS id FROM memberships WHERE account_id = $1 AND role = 'owner' LIMIT $2",
        [principal.accountId, maxListed],
      ),
      this.database.query<{ id: string }>(
        'SELECT package_id AS id FROM grants WHERE account_id = $1 AND role IS NOT NULL LIMIT $2',
        [principal.accountId, maxListed],
      ),
    ]);
    return {
      ...nothingReadable,
      ownerIds: [principal.accountId, ...owners.map(({ id }) => id)],
      packageIds: packages.map(({ id }) => id),
    };
  }
}
