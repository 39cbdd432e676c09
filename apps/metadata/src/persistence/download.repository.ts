import { Injectable } from '@nestjs/common';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { asJson } from './sql';

export interface DownloadItem {
  readonly packageId: string;
  readonly versionId: string;
  readonly day: string;
  readonly count: number;
  readonly accountId: string | null;
  readonly tokenId: string | null;
  readonly repositoryId: string | null;
}

const UNKNOWN = '00000000-0000-0000-0000-000000000000';

/**
 * One statement, so that a batch counts wholly or not at all; sorted, so that two batches never wait for each other
 * in a circle. Versions that never existed are left out: counts come from outside.
 */
const recordSql = `WITH batch AS (
    INSERT INTO download_batch (batch_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING batch_id
  ),
  given AS MATERIALIZED (
    SELECT x.package_id, x.version_id, x.day, x.account_id, x.token_id, x.repository_id, sum(x.count)::bigint AS count
    FROM jsonb_to_recordset($2::jsonb) AS x(package_id uuid, version_id uuid, day date, count bigint,
      account_id uuid, token_id uuid, repository_id uuid)
    JOIN version v ON v.id = x.version_id AND v.package_id = x.package_id
    WHERE EXISTS (SELECT 1 FROM batch)
    GROUP BY 1, 2, 3, 4, 5, 6
  ),
  items AS MATERIALIZED (
    SELECT package_id, version_id, day, sum(count)::bigint AS count FROM given GROUP BY 1, 2, 3
  ),
  downloaders AS (
    INSERT INTO download_by AS b (package_id, version_id, day, account_id, token_id, repository_id, count)
    SELECT * FROM given ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (package_id, version_id, day, account_id, token_id, repository_id)
    DO UPDATE SET count = b.count + EXCLUDED.count
  ),
  versions AS (
    INSERT INTO version_downloads AS t (version_id, package_id, total)
    SELECT version_id, package_id, sum(count)::bigint FROM items GROUP BY 1, 2 ORDER BY 1
    ON CONFLICT (version_id) DO UPDATE SET total = t.total + EXCLUDED.total
  ),
  days AS (
    INSERT INTO download_count AS d (package_id, day, version_id, count)
    SELECT package_id, day, version_id, count FROM items ORDER BY 1, 2, 3
    ON CONFLICT (package_id, day, version_id) DO UPDATE SET count = d.count + EXCLUDED.count
  )
  INSERT INTO package_downloads AS t (package_id, total)
  SELECT package_id, sum(count)::bigint FROM items GROUP BY 1 ORDER BY 1
  ON CONFLICT (package_id) DO UPDATE SET total = t.total + EXCLUDED.total`;

/** Rows of the download tables. */
@Injectable()
export class DownloadRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async record(batchId: string, items: readonly DownloadItem[]): Promise<void> {
    const rows = items.map(({ packageId, versionId, day, count, accountId, tokenId, repositoryId }) => ({
      package_id: packageId,
      version_id: versionId,
      day,
      count,
      account_id: accountId ?? UNKNOWN,
      token_id: tokenId ?? UNKNOWN,
      repository_id: repositoryId ?? UNKNOWN,
    }));
    await this.database.query(recordSql, [batchId, asJson(rows)]);
  }

  async countByDay(
    packageId: string,
    from: string,
    to: string,
  ): Promise<Array<{ day: string; count: number }>> {
    const rows = await this.database.query<{ day: string; count: string | number }>(
      `SELECT to_char(day, 'YYYY-MM-DD') AS day, sum(count) AS count FROM download_count
       WHERE package_id = $1 AND day BETWEEN $2::date AND $3::date GROUP BY download_count.day ORDER BY download_count.day`,
      [packageId, from, to],
    );
    return rows.map((row) => ({ day: row.day, count: Number(row.count) }));
  }

  /** Forgets who downloaded what so long ago; how often it was downloaded stays. */
  async forgetDownloaders(olderThanDays: number): Promise<void> {
    await this.database.query(`DELETE FROM download_by WHERE day < current_date - $1::int`, [olderThanDays]);
  }

  /** Forgets which batches were counted; after that age none of them is sent again. */
  async forgetBatches(olderThanDays: number): Promise<void> {
    await this.database.query(
      `DELETE FROM download_batch WHERE recorded_at < now() - make_interval(days => $1)`,
      [olderThanDays],
    );
  }
}
