import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Clock } from '@packhouse/kernel';
import { LessThan, MoreThan } from 'typeorm';
import { InjectClock } from '../clock';
import type { Answer, Ask } from '../messages';
import { pageOf, readCursor, uuidCursor } from '../paging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { SessionEntity } from '../persistence/session.entity';

/** Sessions that live, newest first. */
@Injectable()
export class ListSessions {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ accountId, currentHash, cursor, limit }: Ask<'listSessions'>): Promise<Answer<'listSessions'>> {
    const before = readCursor(cursor, uuidCursor);
    const rows = await this.database.dataSource.manager.find(SessionEntity, {
      where: {
        ...{ accountId, idleEndsAt: MoreThan(this.clock.now()) },
        ...(before === null ? {} : { id: LessThan(before) }),
      },
      // Ids are time-ordered.
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(
      rows,
      limit,
      (row) => row.id,
      ({ id, address, userAgent, hash, createdAt, lastUsedAt, idleEndsAt }) => ({
        ...{ id, address, userAgent, current: hash === currentHash },
        createdAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt.toISOString(),
        expiresAt: idleEndsAt.toISOString(),
      }),
    );
  }
}
