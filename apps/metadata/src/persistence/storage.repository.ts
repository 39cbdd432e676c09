import { Injectable } from '@nestjs/common';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import { runSql } from './sql';

/** Each content of an owner once: that of live versions, and of those that wait for approval. */
const contentSql = `content AS MATERIALIZED (
    SELECT sha256, max(size) AS size FROM (
      SELECT f.digests->>'sha256' AS sha256, f.size
      FROM package p JOIN version v ON v.package_id = p.id AND v.removed_at IS NULL
        JOIN file f ON f.package_id = p.id AND f.version_id = v.id
      WHERE p.owner_id = $1 AND p.removed_at IS NULL
      UNION ALL
      SELECT f->'digests'->>'sha256', (f->>'size')::bigint
      FROM staged_version s CROSS JOIN jsonb_array_elements(s.request->'files') f WHERE s.owner_id = $1
    ) file GROUP BY sha256
  )`;

/** What is to come back: a version with what went along, or (null) a whole package. */
export interface Returning {
  readonly ownerId: string;
  readonly packageId: string;
  readonly versionId: string | null;
  /** Contents for which there is room in any case, by sha256. */
  readonly reserved: readonly string[];
}

/** What owners store. */
@Injectable()
export class StorageRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async measure(ownerId: string, besides: readonly string[]): Promise<{ bytes: number; absent: string[] }> {
    const [row] = await this.database.query<{ bytes: number; absent: string[] }>(
      `WITH ${contentSql}
       SELECT (SELECT coalesce(sum(size), 0)::bigint FROM content) AS bytes, ARRAY(
         SELECT sha256 FROM unnest($2::text[]) AS asked (sha256)
         WHERE NOT EXISTS (SELECT FROM content WHERE content.sha256 = asked.sha256)) AS absent`,
      [ownerId, besides],
      'measure-storage',
    );
    return row!;
  }

  async findOwner(packageId: string): Promise<string | null> {
    const [row] = await this.database.query<{ owner_id: string }>(
      'SELECT owner_id FROM package WHERE id = $1',
      [packageId],
    );
    return row?.owner_id ?? null;
  }

  /**
   * How many bytes more an owner would use if these versions were live, or (null) all that a deleted package had; besides the
   * contents that are `reserved` already.
   */
  async measureReturning(
    manager: EntityManager,
    { ownerId, packageId, reserved }: Omit<Returning, 'versionId'>,
    versionIds: readonly string[] | null,
  ): Promise<number> {
    const [row] = await runSql<{ bytes: number }>(
      manager,
      `WITH ${contentSql}, back AS (
         SELECT f.digests->>'sha256' AS sha256, max(f.size) AS size
         FROM version v JOIN file f ON f.package_id = v.package_id AND f.version_id = v.id
         WHERE v.package_id = $2 AND CASE WHEN $3::uuid[] IS NULL THEN v.removed_at IS NULL ELSE v.id = ANY($3::uuid[]) END
         GROUP BY 1
       )
       SELECT coalesce(sum(size), 0)::bigint AS bytes FROM back
       WHERE sha256 <> ALL($4::text[]) AND NOT EXISTS (SELECT FROM content WHERE content.sha256 = back.sha256)`,
      [ownerId, packageId, versionIds, reserved],
    );
    return row!.bytes;
  }
}
