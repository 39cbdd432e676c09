import { Injectable } from '@nestjs/common';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import type { PackageState } from '../use-cases/package-state';
import { runSql } from './sql';

/** Live packages by what they belong to, and the change of that. */
@Injectable()
export class OwnedPackageRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  /** In order of id, from just behind `after`. */
  async listIds(
    of: { ownerId: string } | { repositoryId: string },
    after: string,
    limit: number,
  ): Promise<string[]> {
    const [column, value] =
      'ownerId' in of ? (['owner_id', of.ownerId] as const) : (['repository_id', of.repositoryId] as const);
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM package WHERE ${column} = $1 AND removed_at IS NULL AND id > $2 ORDER BY id LIMIT $3`,
      [value, after, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Writes what {@link PackageState} otherwise never changes. */
  async move(manager: EntityManager, { id, ownerId, nameKey }: PackageState): Promise<void> {
    await runSql(manager, 'UPDATE package SET owner_id = $2, name_key = $3 WHERE id = $1', [
      id,
      ownerId,
      nameKey,
    ]);
  }
}
