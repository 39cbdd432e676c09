import type { metadataContract, Readable, RequestOf } from '@packhouse/contracts';
import { readableCondition } from './readable-condition';
import { Parameters } from './sql';

export type PackageListRequest = RequestOf<typeof metadataContract, 'listPackagesOf'>;

const orderColumns = { created: 'p.created_at', updated: 'p.updated_at', name: 'p.name_key' } as const;
const visibilities = ['public', 'internal', 'private'] as const;

/** More parts than this cost more to plan than they save. */
const MAX_PARTS = 60;

/** A part of a list: packages of one condition, which an index gives in the wanted order. */
type Part = string;

/**
 * The conditions whose packages together are the list, none in two of them, each served in order by an index; null
 * when there is no such way, and the list has to look at every package of its owners.
 */
export function indexedParts(
  request: PackageListRequest,
  formats: readonly string[],
  parameters: Parameters,
): Part[] | null {
  const { ownerIds, names, repositoryId, state, readable } = request;
  if (!ownerIds || names || repositoryId !== null || state === 'deleted' || readable.namePatterns)
    return null;
  const wanted = request.visibility === null ? visibilities : [request.visibility];
  if (ownerIds.length * formats.length * wanted.length > MAX_PARTS) return null;
  const parts: Part[] = [];
  for (const ownerId of ownerIds) {
    const owner = parameters.add(ownerId);
    const shown = wanted.filter((visibility) => showsAll(readable, ownerId, visibility));
    for (const format of formats) {
      const place = `p.owner_id = ${owner}::uuid AND p.format = ${parameters.add(format)}`;
      parts.push(...shown.map((visibility) => `${place} AND p.visibility = '${visibility}'`));
    }
    const hidden = wanted.filter((visibility) => !shown.includes(visibility));
    if (hidden.length > 0) parts.push(...grantedParts(readable, owner, { hidden, formats }, parameters));
  }
  return parts;
}

/** Whether a caller reads every package of this owner and visibility. */
function showsAll(readable: Readable, ownerId: string, visibility: (typeof visibilities)[number]): boolean {
  if (visibility === 'public' || readable.everything || readable.ownerIds.includes(ownerId)) return true;
  return visibility === 'internal' && readable.internalOwnerIds.includes(ownerId);
}

/** What a caller may read one by one, or by a repository. */
function grantedParts(
  { repositoryIds, packageIds }: Readable,
  owner: string,
  { hidden, formats }: { hidden: readonly string[]; formats: readonly string[] },
  parameters: Parameters,
): Part[] {
  if (repositoryIds.length + packageIds.length === 0) return [];
  const place = `p.owner_id = ${owner}::uuid AND p.format = ANY(${parameters.add(formats)}::text[])
    AND p.visibility = ANY(${parameters.add(hidden)}::text[])`;
  const parts: Part[] = [];
  if (repositoryIds.length > 0)
    parts.push(
      `${place} AND p.inherits_access AND p.repository_id = ANY(${parameters.add(repositoryIds)}::uuid[])`,
    );
  if (packageIds.length > 0)
    parts.push(`${place} AND NOT p.inherits_access AND p.id = ANY(${parameters.add(packageIds)}::uuid[])`);
  return parts;
}

/** The condition of a list that no index serves whole. */
export function plainCondition(
  request: PackageListRequest,
  restorableSince: Date,
  parameters: Parameters,
): string {
  const add = (value: unknown): string => parameters.add(value);
  const { ownerIds, repositoryId, formats, visibility, names, state, readable } = request;
  const all = [
    state === 'active'
      ? 'p.removed_at IS NULL'
      : `p.removed_at > ${add(restorableSince)}::timestamptz AND p.purged_at IS NULL`,
    readableCondition(readable, add),
  ];
  if (ownerIds) all.push(`p.owner_id = ANY(${add(ownerIds)}::uuid[])`);
  if (repositoryId !== null) all.push(`p.repository_id = ${add(repositoryId)}::uuid`);
  if (formats) all.push(`p.format = ANY(${add(formats)}::text[])`);
  if (visibility !== null) all.push(`p.visibility = ${add(visibility)}`);
  if (names) {
    const list = add(names);
    all.push(`(p.name = ANY(${list}::text[]) OR p.api_name = ANY(${list}::text[]))`);
  }
  return all.join(' AND ');
}

/** The statement that gives a page of ids in order, and the total: `total`, `id`, `place`. */
export function pageSql(
  request: PackageListRequest,
  conditions: readonly string[],
  parameters: Parameters,
): string {
  const order = orderColumns[request.orderBy];
  const direction = request.direction === 'asc' ? 'ASC' : 'DESC';
  const live = request.state === 'active' ? ' AND p.removed_at IS NULL' : '';
  const limit = parameters.add(request.limit);
  const offset = parameters.add(request.offset);
  const ordered = conditions.map(
    (condition) => `(SELECT p.id, ${order} AS place FROM package p WHERE ${condition}${live}
      ORDER BY ${order} ${direction}, p.id ${direction} LIMIT ${limit}::int + ${offset}::int)`,
  );
  const counted = conditions.map((condition) => `(SELECT 1 FROM package p WHERE ${condition}${live})`);
  const most = request.countUpTo === null ? '' : `LIMIT ${parameters.add(request.countUpTo)}::int`;
  return `SELECT counted.total, page.id FROM
    (SELECT count(*) AS total FROM (SELECT 1 FROM (${counted.join(' UNION ALL ')}) c ${most}) n) counted
    LEFT JOIN (SELECT u.id, u.place FROM (${ordered.join(' UNION ALL ')}) u
      ORDER BY u.place ${direction}, u.id ${direction} LIMIT ${limit}::int OFFSET ${offset}::int) page ON true
    ORDER BY page.place ${direction}, page.id ${direction}`;
}
