import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { factColumns, toPackageFacts, type PackageFactsRow } from './package-row';
import { readableCondition } from './readable-condition';
import { Parameters } from './sql';

type Contract = typeof metadataContract;

const UNKNOWN = '00000000-0000-0000-0000-000000000000';
const MAX_COUNTED = 10_000;

interface DependentRow extends PackageFactsRow {
  total: string | number;
  version_id: string | null;
  version: string;
  is_latest: boolean;
  requirement: string;
  kind: string;
}

interface DownloaderRow {
  total: string | number;
  account_id: string;
  token_id: string;
  repository_id: string;
  count: string | number;
  last_day: string;
}

/** Reads of who uses what. */
@Injectable()
export class ImpactRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async findDependents(
    request: RequestOf<Contract, 'findDependents'>,
  ): Promise<ResponseOf<Contract, 'findDependents'>> {
    const parameters = new Parameters();
    const add = (value: unknown): string => parameters.add(value);
    const { format, nameKey, readable, limit, offset } = request;
    const rows = await this.database.query<DependentRow>(
      `WITH found AS MATERIALIZED (
         SELECT d.version_id, d.package_id, d.requirement, d.kind, v.version, v.published_revision, p.name_key,
           t.version_id IS NOT NULL AS is_latest
         FROM dependency d
         JOIN version v ON v.id = d.version_id AND v.removed_at IS NULL
         JOIN package p ON p.id = d.package_id AND p.removed_at IS NULL
         LEFT JOIN tag t ON t.package_id = p.id AND t.name = p.head_tag AND t.version_id = v.id
         WHERE d.format = ${add(format)} AND d.name_key = ${add(nameKey)} AND ${readableCondition(readable, add)}
         LIMIT ${MAX_COUNTED}
       )
       SELECT counted.total, page.version_id, page.version, page.is_latest, page.requirement, page.kind, ${factColumns('p')}
       FROM (SELECT count(*) AS total FROM found) counted
       LEFT JOIN (SELECT * FROM found ORDER BY is_latest DESC, name_key, published_revision DESC
         LIMIT ${add(limit)} OFFSET ${add(offset)}) page ON true
       LEFT JOIN package p ON p.id = page.package_id
       ORDER BY page.is_latest DESC, page.name_key, page.published_revision DESC`,
      parameters.values,
    );
    const items = rows.flatMap((row) =>
      row.version_id === null
        ? []
        : {
            package: toPackageFacts(row),
            versionId: row.version_id,
            version: row.version,
            isLatest: row.is_latest,
            requirement: row.requirement,
            kind: row.kind,
          },
    );
    return { total: Number(rows[0]?.total ?? 0), items };
  }

  async listDownloaders({
    packageId,
    versionId,
    from,
    limit,
  }: RequestOf<Contract, 'listDownloaders'>): Promise<ResponseOf<Contract, 'listDownloaders'>> {
    const rows = await this.database.query<DownloaderRow>(
      `SELECT account_id, token_id, repository_id, sum(count) AS count, to_char(max(day), 'YYYY-MM-DD') AS last_day,
         sum(sum(count)) OVER () AS total
       FROM download_by
       WHERE package_id = $1 AND ($2::uuid IS NULL OR version_id = $2) AND day >= $3::date
       GROUP BY 1, 2, 3 ORDER BY sum(count) DESC, 1, 2, 3 LIMIT $4`,
      [packageId, versionId, from, limit],
    );
    const known = (id: string): string | null => (id === UNKNOWN ? null : id);
    return {
      total: Number(rows[0]?.total ?? 0),
      items: rows.map((row) => ({
        accountId: known(row.account_id),
        tokenId: known(row.token_id),
        repositoryId: known(row.repository_id),
        count: Number(row.count),
        lastDay: row.last_day,
      })),
    };
  }
}
