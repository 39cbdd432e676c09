import { Injectable } from '@nestjs/common';
import type { VersionSummary } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { toVersionSummary, versionSummaryColumns, type VersionSummaryRow } from './summary-row';

export interface VersionListQuery {
  readonly packageId: string;
  readonly state: 'active' | 'deleted';
  readonly restorableSince: Date;
  /** Those that belong to others as well. */
  readonly parts: boolean;
  readonly offset: number;
  readonly limit: number;
  readonly countUpTo: number | null;
}

/** Each in a form that its index serves in order; `$2` is used by the second only. */
const listed = {
  active: {
    condition: `v.package_id = $1 AND v.removed_at IS NULL AND $2::timestamptz IS NOT NULL`,
    withoutParts: 'AND NOT v.is_part',
    order: 'v.published_revision DESC',
  },
  deleted: {
    condition: `v.package_id = $1 AND v.removed_at > $2::timestamptz AND v.purged_at IS NULL`,
    withoutParts: 'AND NOT v.removed_as_part',
    order: 'v.removed_at DESC, v.published_revision DESC',
  },
} as const;

/** Versions as lists for people show them. */
@Injectable()
export class VersionListRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  /** Of a live package; null when there is none. */
  async list(query: VersionListQuery): Promise<{ total: number; items: VersionSummary[] } | null> {
    const { condition: of, withoutParts, order } = listed[query.state];
    const condition = query.parts ? of : `${of} ${withoutParts}`;
    const rows = await this.database.query<VersionSummaryRow & { total: string | number; id: string | null }>(
      `SELECT counted.total, item.* FROM package p
       CROSS JOIN LATERAL (SELECT count(*) AS total FROM
         (SELECT 1 FROM version v WHERE ${condition} LIMIT $5::int) n) counted
       LEFT JOIN LATERAL (SELECT ${versionSummaryColumns}, row_number() OVER (ORDER BY ${order}) AS place
         FROM (SELECT * FROM version v WHERE ${condition} ORDER BY ${order} LIMIT $3::int OFFSET $4::int) v) item ON true
       WHERE p.id = $1 AND p.removed_at IS NULL ORDER BY item.place`,
      [query.packageId, query.restorableSince, query.limit, query.offset, query.countUpTo],
    );
    const [first] = rows;
    if (!first) return null;
    return { total: Number(first.total), items: rows.filter((row) => row.id !== null).map(toVersionSummary) };
  }

  async findByNumber(
    number: number,
    packageId: string | null,
    { state, restorableSince }: Pick<VersionListQuery, 'state' | 'restorableSince'>,
  ): Promise<VersionSummary | null> {
    const [row] = await this.database.query<VersionSummaryRow>(
      `SELECT ${versionSummaryColumns} FROM version v JOIN package p ON p.id = v.package_id AND p.removed_at IS NULL
       WHERE v.number = $1 AND ($2::uuid IS NULL OR v.package_id = $2)
         AND CASE WHEN $3::boolean THEN v.removed_at IS NULL
             ELSE v.removed_at > $4::timestamptz AND v.purged_at IS NULL END`,
      [number, packageId, state === 'active', restorableSince],
    );
    return row ? toVersionSummary(row) : null;
  }

  /** Live versions, in the order of the ids. */
  async listByIds(ids: readonly string[]): Promise<VersionSummary[]> {
    const rows = await this.database.query<VersionSummaryRow>(
      `SELECT ${versionSummaryColumns} FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, place)
       JOIN version v ON v.id = w.id AND v.removed_at IS NULL
       JOIN package p ON p.id = v.package_id AND p.removed_at IS NULL ORDER BY w.place`,
      [ids],
    );
    return rows.map(toVersionSummary);
  }
}
