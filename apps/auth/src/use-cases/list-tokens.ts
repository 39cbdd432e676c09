import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';
import { toTokenInfo } from '../facts/tokens';
import type { Answer, Ask } from '../messages';
import { pageOf, readCursor, uuidCursor } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { TokenEntity } from '../persistence/credential.entities';

/** Tokens that still work, newest first. */
@Injectable()
export class ListTokens {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ accountId, repositoryId, cursor, limit }: Ask<'listTokens'>): Promise<Answer<'listTokens'>> {
    const before = readCursor(cursor, uuidCursor);
    const query = this.database.dataSource.manager
      .createQueryBuilder(TokenEntity, 't')
      .where('t.account_id = :accountId AND t.revoked_at IS NULL', { accountId })
      .andWhere('(t.expires_at IS NULL OR t.expires_at > :now)', { now: this.clock.now() });
    if (before !== null) query.andWhere('t.id < :before', { before });
    if (repositoryId !== null)
      query.andWhere(`t.kind = 'workflow' AND t.workflow->>'repositoryId' = :repositoryId`, { repositoryId });
    // Ids are time-ordered.
    const rows = await query
      .orderBy('t.id', 'DESC')
      .limit(limit + 1)
      .getMany();
    return pageOf(rows, limit, (row) => row.id, toTokenInfo);
  }
}
