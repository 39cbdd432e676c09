import { Injectable } from '@nestjs/common';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import type { VersionRef } from './edit.repository';
import { runSql } from './sql';

/** A version whose number nobody may publish. */
export interface ReservedVersion extends VersionRef {
  readonly packageId: string;
  readonly isPackageLive: boolean;
  /** The whole package is deleted and may still come back. */
  readonly isRestorable: boolean;
}

/** Where content is let go for good. */
@Injectable()
export class PurgeRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  /** Packages with something to purge, in order of id, from just behind `after`. */
  async listDue(deletedUntil: Date, after: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM (
         SELECT id FROM package WHERE removed_at <= $1 AND purged_at IS NULL AND id > $2
         UNION
         SELECT package_id FROM version WHERE removed_at <= $1 AND purged_at IS NULL AND package_id > $2
       ) due ORDER BY id LIMIT $3`,
      [deletedUntil, after, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Versions of a locked package to purge: those deleted until then that nothing live contains, or (null) all. */
  async listVersions(
    manager: EntityManager,
    packageId: string,
    deletedUntil: Date | null,
    limit: number,
  ): Promise<VersionRef[]> {
    return runSql(
      manager,
      `SELECT v.id, v.version FROM version v WHERE v.package_id = $1 AND v.purged_at IS NULL
         AND ($2::timestamptz IS NULL OR v.removed_at <= $2 AND NOT EXISTS (
           SELECT FROM version_relation r JOIN version holder ON holder.id = r.version_id AND holder.removed_at IS NULL
           WHERE r.package_id = v.package_id AND r.target = v.identity AND r.kind = 'contains'))
       ORDER BY v.published_revision LIMIT $3`,
      [packageId, deletedUntil, limit],
    );
  }

  /** Drops what versions carry. `keepsNumber`: a row without content stays, so that the number is never used again. */
  async purgeVersions(
    manager: EntityManager,
    ids: readonly string[],
    { now, keepsNumber }: { now: Date; keepsNumber: boolean },
  ): Promise<void> {
    for (const table of ['tag', 'version_fragment', 'file', 'dependency', 'version_relation'])
      await runSql(manager, `DELETE FROM ${table} WHERE version_id = ANY($1::uuid[])`, [ids]);
    if (!keepsNumber) {
      await runSql(manager, 'DELETE FROM version WHERE id = ANY($1::uuid[])', [ids]);
      return;
    }
    await runSql(
      manager,
      `UPDATE version SET purged_at = $2, removed_at = coalesce(removed_at, $2), properties = '{}',
         package_properties = '{}', deleted_tags = '{}', deleted_tag_digests = '{}' WHERE id = ANY($1::uuid[])`,
      [ids, now],
    );
  }

  /** The end of a deleted package whose versions are purged; its row stays while it reserves numbers. */
  async purgePackage(manager: EntityManager, packageId: string, now: Date): Promise<void> {
    await runSql(manager, 'DELETE FROM star WHERE package_id = $1', [packageId]);
    await runSql(
      manager,
      `UPDATE package SET purged_at = $2, version_count = 0, head_tag = NULL, properties = '{}', hoisted_keys = '{}',
         search_text = '', keywords = '{}' WHERE id = $1`,
      [packageId, now],
    );
    await this.dropIfEmpty(manager, packageId);
  }

  /** Lets go of the row of a purged package that reserves no number. */
  async dropIfEmpty(manager: EntityManager, packageId: string): Promise<void> {
    await runSql(
      manager,
      `DELETE FROM package p WHERE p.id = $1 AND p.purged_at IS NOT NULL
         AND NOT EXISTS (SELECT FROM version v WHERE v.package_id = p.id)`,
      [packageId],
    );
  }

  /** What reserves a number: deleted versions of the package of that name, and all of deleted packages of that name. */
  async findReserved(of: {
    ownerId: string;
    format: string;
    name: string;
    version: string;
  }): Promise<ReservedVersion[]> {
    return this.database.query<ReservedVersion>(
      `SELECT v.id, v.version, v.package_id AS "packageId", p.removed_at IS NULL AS "isPackageLive",
         p.removed_at IS NOT NULL AND p.purged_at IS NULL AS "isRestorable"
       FROM package p JOIN version v ON v.package_id = p.id AND v.version = $4
       WHERE p.owner_id = $1 AND p.format = $2 AND (p.removed_at IS NOT NULL OR v.removed_at IS NOT NULL)
         AND (lower(coalesce(p.api_name, p.name)) = lower($3) OR lower(p.name) = lower($3))
       ORDER BY v.id`,
      [of.ownerId, of.format, of.name, of.version],
    );
  }
}
