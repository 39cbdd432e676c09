import { Injectable } from '@nestjs/common';
import type { PackageSummary, PagedPackage } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { KeptLists, lengthOf, sliceOf } from './kept-lists';
import { KeptPagedPackages } from './kept-paged-packages';
import {
  indexedParts,
  orderSql,
  pageSql,
  plainCondition,
  type PackageListRequest,
} from './package-list-query';
import { Parameters } from './sql';
import {
  packageSummaryColumns,
  pagedPackageColumns,
  toPackageSummary,
  toPagedPackage,
  type PackageSummaryRow,
  type PagedPackageRow,
} from './summary-row';

/** The formats that an owner has packages of, by leaps through the index instead of reading it. */
const formatsSql = `WITH RECURSIVE leap AS (
    (SELECT p.owner_id, p.format FROM unnest($1::uuid[]) AS o(id), LATERAL (
       SELECT owner_id, format FROM package WHERE owner_id = o.id AND removed_at IS NULL ORDER BY format LIMIT 1) p)
    UNION ALL
    SELECT p.owner_id, p.format FROM leap, LATERAL (
       SELECT owner_id, format FROM package
       WHERE owner_id = leap.owner_id AND format > leap.format AND removed_at IS NULL ORDER BY format LIMIT 1) p
  )
  SELECT DISTINCT format FROM leap`;

interface Which {
  readonly state: 'active' | 'deleted';
  readonly restorableSince: Date;
}

/** `$1` is true for live packages, `$2` the time since when deleted ones can be restored. */
const stateCondition = `CASE WHEN $1::boolean THEN p.removed_at IS NULL
  ELSE p.removed_at > $2::timestamptz AND p.purged_at IS NULL END`;

/** As far as numbered pages reach (spec M-21); totals stop there too. */
const MAX_KEPT = 10_000;

/** Lists of owners as they are paged through; what is asked for by name or was deleted is looked up each time. */
function isKept({ state, names, repositoryId, countUpTo, offset, limit }: PackageListRequest): boolean {
  const isWhole = state === 'active' && names === null && repositoryId === null;
  return isWhole && countUpTo === MAX_KEPT && offset + limit <= MAX_KEPT;
}

/** Packages as lists for people show them. */
@Injectable()
export class PackageListRepository {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    private readonly kept: KeptLists,
    private readonly packages: KeptPagedPackages,
  ) {}

  async list(
    request: PackageListRequest,
    restorableSince: Date,
  ): Promise<{ total: number; items: PagedPackage[] }> {
    const { offset, limit, ownerIds } = request;
    if (!ownerIds || !isKept(request)) return this.readPage(request, restorableSince);
    const { formats, visibility, orderBy, direction, readable } = request;
    const name = { kind: 'order', ownerIds, readable, rest: [formats, visibility, orderBy, direction] };
    const order = await this.kept.order(name, () => this.readOrder(request, restorableSince));
    const ids = sliceOf(order, offset, limit);
    const items = await this.packages.list(ids, (missing) => this.readPaged(missing));
    // One may have been deleted since the order was looked up.
    return { total: lengthOf(order), items: items.filter(({ deletedAt }) => deletedAt === null) };
  }

  private async readPage(
    request: PackageListRequest,
    restorableSince: Date,
  ): Promise<{ total: number; items: PagedPackage[] }> {
    const { conditions, parameters } = await this.conditionsOf(request, restorableSince);
    if (conditions.length === 0) return { total: 0, items: [] };
    const rows = await this.database.query<{ total: string | number; id: string | null }>(
      pageSql(request, conditions, parameters),
      parameters.values,
    );
    const ids = rows.flatMap(({ id }) => id ?? []);
    return { total: Number(rows[0]?.total ?? 0), items: ids.length === 0 ? [] : await this.readPaged(ids) };
  }

  private async readOrder(request: PackageListRequest, restorableSince: Date): Promise<Buffer> {
    const { conditions, parameters } = await this.conditionsOf(request, restorableSince);
    if (conditions.length === 0) return Buffer.alloc(0);
    const [row] = await this.database.query<{ ids: Buffer | null }>(
      orderSql(request, conditions, parameters, MAX_KEPT),
      parameters.values,
    );
    return row?.ids ?? Buffer.alloc(0);
  }

  private async conditionsOf(
    request: PackageListRequest,
    restorableSince: Date,
  ): Promise<{ conditions: readonly string[]; parameters: Parameters }> {
    const formats = request.formats ?? (await this.listFormats(request.ownerIds ?? []));
    const parameters = new Parameters();
    const parts = indexedParts(request, [...new Set(formats)], parameters);
    if (parts) return { conditions: parts, parameters };
    const others = new Parameters();
    return { conditions: [plainCondition(request, restorableSince, others)], parameters: others };
  }

  /** In the order of the ids; deleted ones included. */
  async summarize(ids: readonly string[]): Promise<PackageSummary[]> {
    const rows = await this.readInOrder<PackageSummaryRow>(packageSummaryColumns, ids, 'package-summaries');
    return rows.map(toPackageSummary);
  }

  private async readPaged(ids: readonly string[]): Promise<PagedPackage[]> {
    return (await this.readInOrder<PagedPackageRow>(pagedPackageColumns, ids, 'paged-packages')).map(
      toPagedPackage,
    );
  }

  private readInOrder<Row extends object>(
    columns: string,
    ids: readonly string[],
    name: string,
  ): Promise<Row[]> {
    return this.database.query<Row>(
      `SELECT ${columns} FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, place) JOIN package p ON p.id = w.id
       ORDER BY w.place`,
      [ids],
      name,
    );
  }

  async findByNumber(number: number, { state, restorableSince }: Which): Promise<PackageSummary | null> {
    const [row] = await this.database.query<PackageSummaryRow>(
      `SELECT ${packageSummaryColumns} FROM package p WHERE ${stateCondition} AND p.number = $3`,
      [state === 'active', restorableSince, number],
    );
    return row ? toPackageSummary(row) : null;
  }

  /** The exact spelling before one that differs in case; of several deleted ones the latest. */
  async findByApiName(
    { ownerId, formats, name }: { ownerId: string; formats: readonly string[]; name: string },
    { state, restorableSince }: Which,
  ): Promise<PackageSummary | null> {
    const [row] = await this.database.query<PackageSummaryRow>(
      `SELECT ${packageSummaryColumns} FROM package p
       WHERE ${stateCondition} AND p.owner_id = $3 AND p.format = ANY($4::text[])
         AND (lower(coalesce(p.api_name, p.name)) = lower($5) OR lower(p.name) = lower($5))
       ORDER BY (p.name = $5 OR p.api_name = $5) DESC NULLS LAST, p.removed_at DESC NULLS FIRST, p.number DESC LIMIT 1`,
      [state === 'active', restorableSince, ownerId, formats, name],
    );
    return row ? toPackageSummary(row) : null;
  }

  private async listFormats(ownerIds: readonly string[]): Promise<string[]> {
    if (ownerIds.length === 0) return [];
    const rows = await this.database.query<{ format: string }>(formatsSql, [ownerIds]);
    return rows.map(({ format }) => format);
  }
}
