import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { repositorySource } from '../facts/repositories';
import { givenRank, myTeams, roleOfRank, visibleRank } from '../facts/repository-roles';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** The strongest role of an account on a repository, from any source. */
@Injectable()
export class FindRepositoryRole {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ repositoryId, accountId }: Ask<'findRepositoryRole'>): Promise<Answer<'findRepositoryRole'>> {
    const [row] = await this.database.query<{ given: number | null; visible: number | null }>(
      `WITH RECURSIVE ${myTeams('$1::uuid')}
       SELECT ${givenRank('$1::uuid')} AS given, ${visibleRank('$1::uuid')} AS visible ${repositorySource} WHERE r.id = $2`,
      [accountId, repositoryId],
    );
    const given = row?.given ?? null;
    return { role: roleOfRank(given ?? row?.visible ?? null), given: roleOfRank(given) };
  }
}
