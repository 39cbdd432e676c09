import { Injectable } from '@nestjs/common';
import type { PackageFacts } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import { factColumns, toPackageFacts, type PackageFactsRow } from './package-row';
import { runSql } from './sql';

/** Rows of the `star` table. */
@Injectable()
export class StarRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  /** True when there was none before. */
  async add(manager: EntityManager, packageId: string, accountId: string, now: Date): Promise<boolean> {
    const rows = await runSql(
      manager,
      `INSERT INTO star (package_id, account_id, starred_at) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING account_id`,
      [packageId, accountId, now],
    );
    return rows.length > 0;
  }

  /** True when there was one before. */
  async remove(manager: EntityManager, packageId: string, accountId: string): Promise<boolean> {
    const rows = await runSql(
      manager,
      'DELETE FROM star WHERE package_id = $1 AND account_id = $2 RETURNING account_id',
      [packageId, accountId],
    );
    return rows.length > 0;
  }

  /** Packages that an account starred, in order of id, from just behind `after`. */
  async listByAccount(accountId: string, after: string | null, limit: number): Promise<PackageFacts[]> {
    const rows = await this.database.query<PackageFactsRow>(
      `SELECT ${factColumns('p')} FROM star s JOIN package p ON p.id = s.package_id AND p.removed_at IS NULL
       WHERE s.account_id = $1 AND ($2::uuid IS NULL OR s.package_id > $2)
       ORDER BY s.package_id LIMIT $3`,
      [accountId, after, limit],
    );
    return rows.map(toPackageFacts);
  }
}
