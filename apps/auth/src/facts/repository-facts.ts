import { Inject, Injectable } from '@nestjs/common';
import { factKey, type Repository } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { FactCache, INVALIDATIONS, type Invalidations, type ReadFact } from '@packhouse/messaging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** What says who may know of a repository. */
export type RepositoryFact = Pick<Repository, 'id' | 'ownerId' | 'visibility'>;

/** Owners and visibility of repositories, from memory when warm; one query for all that are not. */
@Injectable()
export class RepositoryFacts {
  private readonly cache: FactCache<RepositoryFact>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.cache = new FactCache(invalidations, { max: 20_000 });
  }

  /** In the order of the ids; those that are nobody's are left out. */
  async list(ids: readonly string[]): Promise<RepositoryFact[]> {
    const found = await this.cache.findMany(ids, (missing) => this.read(missing));
    return found.flatMap((fact) => fact ?? []);
  }

  private async read(ids: readonly string[]): Promise<ReadonlyMap<string, ReadFact<RepositoryFact>>> {
    const rows = await this.database.query<RepositoryFact>(
      'SELECT id, owner_id AS "ownerId", visibility FROM repositories WHERE id = ANY($1::uuid[])',
      [ids],
    );
    return new Map(rows.map((row) => [row.id, { value: row, keys: [factKey.repository(row.id)] }]));
  }
}
