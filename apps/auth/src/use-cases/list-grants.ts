import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { grantColumns, type GrantRow } from '../facts/grants';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Every grant on a package. */
@Injectable()
export class ListGrants {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ packageId }: Ask<'listGrants'>): Promise<Answer<'listGrants'>> {
    const grants = await this.database.query<GrantRow>(
      `${grantColumns} WHERE g.package_id = $1 AND g.role IS NOT NULL ORDER BY a.login_key`,
      [packageId],
    );
    return { grants };
  }
}
