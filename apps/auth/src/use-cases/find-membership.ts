import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Answer, Ask } from '../messages';
import { MembershipEntity } from '../persistence/account.entities';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** The role of an account in an organization, if it has one. */
@Injectable()
export class FindMembership {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ organizationId, accountId }: Ask<'findMembership'>): Promise<Answer<'findMembership'>> {
    const row = await this.database.dataSource.manager.findOneBy(MembershipEntity, {
      organizationId,
      accountId,
    });
    return { role: row?.role ?? null };
  }
}
