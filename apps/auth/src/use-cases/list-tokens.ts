import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Clock } from '@packhouse/kernel';
import { IsNull, LessThan, MoreThan } from 'typeorm';
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

  async run({ accountId, cursor, limit }: Ask<'listTokens'>): Promise<Answer<'listTokens'>> {
    const before = readCursor(cursor, uuidCursor);
    const live = { accountId, revokedAt: IsNull(), ...(before === null ? {} : { id: LessThan(before) }) };
    const rows = await this.database.dataSource.manager.find(TokenEntity, {
      where: [
        { ...live, expiresAt: IsNull() },
        { ...live, expiresAt: MoreThan(this.clock.now()) },
      ],
      // Ids are time-ordered.
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(rows, limit, (row) => row.id, toTokenInfo);
  }
}
