import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { findLoginFault, loginKey } from '@packhouse/kernel';
import {
  findRepositoryNameFault,
  repositoryColumns,
  repositorySource,
  toRepository,
  type RepositoryRow,
} from '../facts/repositories';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Repositories by the two names in an address, compared without case, or by ids. */
@Injectable()
export class FindRepository {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ ownerLogin, name }: Ask<'findRepository'>): Promise<Answer<'findRepository'>> {
    if (findLoginFault(ownerLogin) !== null || findRepositoryNameFault(name) !== null)
      return { repository: null };
    const [row] = await this.read('o.login_key = $1 AND r.name_key = $2', [
      loginKey(ownerLogin),
      name.toLowerCase(),
    ]);
    return { repository: row ? toRepository(row) : null };
  }

  async byIds({ ids }: Ask<'getRepositories'>): Promise<Answer<'getRepositories'>> {
    const rows = ids.length === 0 ? [] : await this.read('r.id = ANY($1::uuid[])', [ids]);
    return { repositories: rows.map(toRepository) };
  }

  private read(condition: string, values: unknown[]): Promise<RepositoryRow[]> {
    return this.database.query<RepositoryRow>(
      `SELECT ${repositoryColumns} ${repositorySource} WHERE ${condition}`,
      values,
    );
  }
}
