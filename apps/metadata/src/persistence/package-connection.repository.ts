import { Injectable } from '@nestjs/common';
import type { ListedPackage, metadataContract, Readable, RequestOf, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import {
  listedPackageColumns,
  toListedPackage,
  toLists,
  type ListedPackageRow,
  type ParentRow,
} from './connection-rows';
import { KeptLists } from './kept-lists';
import { readableCondition } from './readable-condition';

type Contract = typeof metadataContract;
type ListRequest = RequestOf<Contract, 'listPackagesOfParents'>;
type CountRequest = RequestOf<Contract, 'countPackagesOfParents'>;
type Position = NonNullable<ListRequest['slice']['after']>;
type Add = (value: unknown) => string;

/** Packages of many owners or repositories with one statement; what the caller may not read is not there. */
@Injectable()
export class PackageConnectionRepository {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    private readonly kept: KeptLists,
  ) {}

  async listOfParents(request: ListRequest): Promise<ResponseOf<Contract, 'listPackagesOfParents'>> {
    const { parents, slice } = request;
    const { values, add } = parameters();
    const order = slice.descending ? 'DESC' : 'ASC';
    const sql = `SELECT parent.id AS parent_id, found.*
      FROM unnest(${add(parents.ids)}::uuid[]) WITH ORDINALITY AS parent(id, place)
      CROSS JOIN LATERAL (
        SELECT ${listedPackageColumns} FROM package p
        WHERE ${conditionsOf(request, add)}${bound(slice.after, slice.descending, add)}${bound(slice.before, !slice.descending, add)}
        ORDER BY p.created_at ${order}, p.number ${order} LIMIT ${add(slice.limit + 1)}
      ) found
      ORDER BY parent.place, found.created_at ${order}, found.number ${order}`;
    const rows = await this.database.query<ListedPackageRow & ParentRow>(sql, values);
    return { lists: toLists(parents.ids, rows, slice.limit, toListedPackage) };
  }

  async countOfParents(request: CountRequest): Promise<ResponseOf<Contract, 'countPackagesOfParents'>> {
    const { parents, readable, filter } = request;
    if (parents.kind === 'repository') return { counts: await this.readCounts(request) };
    const counts = parents.ids.map(async (parentId) => {
      const one = { ...request, parents: { ...parents, ids: [parentId] } };
      const name = { kind: 'count', ownerIds: [parentId], readable, rest: filter };
      const total = await this.kept.total(name, async () => (await this.readCounts(one))[0]?.total ?? 0);
      return { parentId, total };
    });
    return { counts: await Promise.all(counts) };
  }

  private async readCounts(request: CountRequest): Promise<Array<{ parentId: string; total: number }>> {
    const { values, add } = parameters();
    const rows = await this.database.query<ParentRow & { total: string | number }>(
      `SELECT parent.id AS parent_id, (SELECT count(*) FROM package p WHERE ${conditionsOf(request, add)}) AS total
       FROM unnest(${add(request.parents.ids)}::uuid[]) AS parent(id)`,
      values,
    );
    return rows.map(({ parent_id, total }) => ({ parentId: parent_id, total: Number(total) }));
  }

  async listReadable(
    ids: readonly string[],
    readable: Readable,
  ): Promise<Array<ListedPackage & { versionCount: number }>> {
    const { values, add } = parameters();
    const rows = await this.database.query<ListedPackageRow & { version_count: number }>(
      `SELECT ${listedPackageColumns}, p.version_count FROM package p
       WHERE p.id = ANY(${add(ids)}::uuid[]) AND p.removed_at IS NULL AND ${readableCondition(readable, add)}`,
      values,
    );
    return rows.map((row) => ({ ...toListedPackage(row), versionCount: row.version_count }));
  }
}

function parameters(): { values: unknown[]; add: Add } {
  const values: unknown[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}

function conditionsOf({ parents, filter, readable }: CountRequest, add: Add): string {
  const parentColumn = parents.kind === 'owner' ? 'owner_id' : 'repository_id';
  const all = [`p.${parentColumn} = parent.id`, 'p.removed_at IS NULL', readableCondition(readable, add)];
  if (filter.formats !== null) all.push(`p.format = ANY(${add(filter.formats)}::text[])`);
  if (filter.repositoryId !== null) all.push(`p.repository_id = ${add(filter.repositoryId)}::uuid`);
  if (filter.names !== null) {
    const names = add(filter.names);
    all.push(`${names}::text[] && ARRAY[p.name, p.name_key, coalesce(p.api_name, p.name)]`);
  }
  return all.join(' AND ');
}

/** The side of a position that is wanted. */
function bound(position: Position | null, below: boolean, add: Add): string {
  if (position === null) return '';
  const at = `(${add(position.createdAt)}::timestamptz, ${add(position.number)}::bigint)`;
  return ` AND (p.created_at, p.number) ${below ? '<' : '>'} ${at}`;
}
