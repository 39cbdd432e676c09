import { Injectable } from '@nestjs/common';
import {
  commitVersionRequest,
  type metadataContract,
  type RequestOf,
  type StagedVersion,
} from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import { isoTimeOf } from './package-row';
import { asJson, runSql } from './sql';

type CommitRequest = RequestOf<typeof metadataContract, 'commitVersion'>;

/** A publish that was put aside. */
export interface StagedCommit {
  readonly request: CommitRequest;
  readonly stagedAt: string;
}

interface StagedRow {
  id: string;
  request: unknown;
  staged_at: Date | string;
}

/** Rows of the `staged_version` table. */
@Injectable()
export class StagedRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  /** Puts a publish aside; one with the same id stays as it is. */
  async insert(request: CommitRequest, now: Date): Promise<StagedCommit> {
    const [row] = await this.database.query<StagedRow>(
      `INSERT INTO staged_version AS s (id, format, owner_id, package_name, request, staged_at)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6)
       ON CONFLICT (id) DO UPDATE SET id = s.id RETURNING s.id, s.request, s.staged_at`,
      [request.version.id, request.format, request.ownerId, request.package.name, asJson(request), now],
    );
    return toStaged(row!);
  }

  async find(id: string): Promise<StagedCommit | null> {
    const [row] = await this.database.query<StagedRow>(
      'SELECT id, request, staged_at FROM staged_version WHERE id = $1',
      [id],
    );
    return row ? toStaged(row) : null;
  }

  /** Takes a publish out of those that wait; two that take it at once get it once. */
  async take(manager: EntityManager, id: string): Promise<StagedCommit | null> {
    const [row] = await runSql<StagedRow>(
      manager,
      'DELETE FROM staged_version WHERE id = $1 RETURNING id, request, staged_at',
      [id],
    );
    return row ? toStaged(row) : null;
  }

  /** Newest first. */
  async list(
    filter: { format: string; ownerIds: readonly string[]; packageName: string | null },
    offset: number,
    limit: number,
  ): Promise<{ total: number; items: StagedCommit[] }> {
    const rows = await this.database.query<StagedRow & { total: string | number }>(
      `WITH found AS (
         SELECT id, staged_at FROM staged_version
         WHERE format = $1 AND owner_id = ANY($2::uuid[]) AND ($3::text IS NULL OR package_name = $3)
       )
       SELECT counted.total, s.id, s.request, s.staged_at
       FROM (SELECT count(*) AS total FROM found) counted
       LEFT JOIN (SELECT id FROM found ORDER BY staged_at DESC, id DESC LIMIT $5 OFFSET $4) page ON true
       LEFT JOIN staged_version s ON s.id = page.id
       ORDER BY s.staged_at DESC, s.id DESC`,
      [filter.format, filter.ownerIds, filter.packageName, offset, limit],
    );
    return { total: Number(rows[0]?.total ?? 0), items: rows.filter((row) => row.id !== null).map(toStaged) };
  }
}

/** What others see of it: everything but the texts that its gateway rendered. */
export function toStagedVersion({ request, stagedAt }: StagedCommit): StagedVersion {
  const { version, format, ownerId, tags, files, actor } = request;
  const packageName = request.package.name;
  return {
    id: version.id,
    format,
    ownerId,
    packageName,
    version: version.version,
    tags,
    files,
    stagedBy: actor,
    stagedAt,
  };
}

function toStaged(row: StagedRow): StagedCommit {
  // Read through the contract: the row may have been written by an older release.
  return { request: commitVersionRequest.parse(row.request), stagedAt: isoTimeOf(row.staged_at) };
}
