import type { metadataContract, Readable, RequestOf } from '@packhouse/contracts';
import { readableCondition, uuidArray } from './readable-condition';
import { Parameters } from './sql';

export type PackageListRequest = RequestOf<typeof metadataContract, 'listPackagesOf'>;

const orderColumns = { created: 'p.created_at', name: 'p.name_key' } as const;
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
  const { ownerIds, readable } = request;
  if (!ownerIds || isNarrow(request)) return null;
  const wanted = request.visibility === null ? visibilities : [request.visibility];
  if (ownerIds.length * formats.length * wanted.length > MAX_PARTS) return null;
  const parts: Part[] = [];
  const enabled = formats.filter((format) => !readable.disabledFormats.includes(format));
  const add = (value: unknown): string => parameters.add(value);
  for (const ownerId of ownerIds) {
    // Added once there is a part that names it: Postgres refuses a parameter that no statement uses.
    const owner = once(() => `p.owner_id = ${add(ownerId)}::uuid`);
    const shown = wanted.filter((visibility) => showsAll(readable, ownerId, visibility));
    for (const format of shown.length > 0 ? enabled : []) {
      const place = `${owner()} AND p.format = ${add(format)}`;
      for (const visibility of shown) {
        const scope = visibility === 'public' ? '' : scopeCondition(readable);
        parts.push(`${place} AND p.visibility = '${visibility}'${scope}`);
      }
    }
    const hidden = wanted.filter((visibility) => !shown.includes(visibility));
    const place = (): string => `${owner()}${scopeCondition(readable)}`;
    if (hidden.length > 0)
      parts.push(...grantedParts(readable, ownerId, place, { hidden, formats: enabled, add }));
  }
  return parts;
}

/** Calls `make` the first time, and gives the same value afterwards. */
function once(make: () => string): () => string {
  let made: string | undefined;
  return () => (made ??= make());
}

/** What no index gives in order. */
function isNarrow({ names, repositoryId, state, readable }: PackageListRequest): boolean {
  return names !== null || repositoryId !== null || state === 'deleted' || readable.namePatterns !== null;
}

/** Whether a caller reads every package of this owner and visibility. */
function showsAll(readable: Readable, ownerId: string, visibility: (typeof visibilities)[number]): boolean {
  if (visibility === 'public' || readable.everything || readable.ownerIds.includes(ownerId)) return true;
  return visibility === 'internal' && readable.internalOwnerIds.includes(ownerId);
}

function scopeCondition({ repositoryScoped }: Readable): string {
  return repositoryScoped ? '' : ` AND p.scope = 'owner'`;
}

const inherits = `(p.inherits_access OR p.scope = 'repository')`;

interface Hidden {
  readonly hidden: readonly string[];
  readonly formats: readonly string[];
  readonly add: (value: unknown) => string;
}

/** What a caller may read of an owner's other packages: by repositories, and one by one. */
function grantedParts(readable: Readable, ownerId: string, place: () => string, of: Hidden): Part[] {
  const { repositoryIds, packageIds, workflowPackageIds } = readable;
  const { hidden, formats, add } = of;
  const isMember = readable.inheritingOwnerIds.includes(ownerId);
  const parts: Part[] = [];
  const known: string[] = [];
  const among = () =>
    `${place()} AND p.format = ANY(${add(formats)}::text[]) AND p.visibility = ANY(${add(hidden)}::text[])`;
  if (isMember) {
    const inheriting = `${inherits} AND p.repository_id IS NOT NULL`;
    for (const format of formats)
      for (const visibility of hidden)
        parts.push(
          `${place()} AND p.format = ${add(format)} AND p.visibility = '${visibility}' AND ${inheriting}`,
        );
    known.push(inheriting);
  } else if (repositoryIds.length > 0) {
    known.push(`${inherits} AND p.repository_id = ANY(${add(uuidArray(repositoryIds))}::uuid[])`);
    parts.push(`${among()} AND ${known[0]}`);
  }
  if (packageIds.length > 0) {
    known.push(`NOT ${inherits} AND p.id = ANY(${add(uuidArray(packageIds))}::uuid[])`);
    parts.push(`${among()} AND ${known.at(-1)}`);
  }
  if (workflowPackageIds.length > 0) {
    const others = known.map((condition) => ` AND (${condition}) IS NOT TRUE`).join('');
    parts.push(`${among()} AND p.id = ANY(${add(uuidArray(workflowPackageIds))}::uuid[])${others}`);
  }
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
  const limit = parameters.add(request.limit);
  const offset = parameters.add(request.offset);
  const { live, order, ordered } = listParts(request, conditions, `${limit}::int + ${offset}::int`);
  const counted = conditions.map((condition) => `(SELECT 1 FROM package p WHERE ${condition}${live})`);
  const most = request.countUpTo === null ? '' : `LIMIT ${parameters.add(request.countUpTo)}::int`;
  return `SELECT counted.total, page.id FROM
    (SELECT count(*) AS total FROM (SELECT 1 FROM (${counted.join(' UNION ALL ')}) c ${most}) n) counted
    LEFT JOIN (SELECT u.id, u.place FROM (${ordered}) u
      ORDER BY ${order('u')} LIMIT ${limit}::int OFFSET ${offset}::int) page ON true
    ORDER BY ${order('page')}`;
}

/** The statement that gives the first `most` ids in order as one text of bytes: `ids`, null for none. */
export function orderSql(
  request: PackageListRequest,
  conditions: readonly string[],
  parameters: Parameters,
  most: number,
): string {
  const limit = `${parameters.add(most)}::int`;
  const { order, ordered } = listParts(request, conditions, limit);
  return `SELECT string_agg(uuid_send(page.id), ''::bytea ORDER BY ${order('page')}) AS ids
    FROM (SELECT u.id, u.place FROM (${ordered}) u ORDER BY ${order('u')} LIMIT ${limit}) page`;
}

function listParts(request: PackageListRequest, conditions: readonly string[], most: string) {
  const place = orderColumns[request.orderBy];
  const direction = request.direction === 'asc' ? 'ASC' : 'DESC';
  const live = request.state === 'active' ? ' AND p.removed_at IS NULL' : '';
  const ordered = conditions.map(
    (condition) => `(SELECT p.id, ${place} AS place FROM package p WHERE ${condition}${live}
      ORDER BY ${place} ${direction}, p.id ${direction} LIMIT ${most})`,
  );
  const order = (of: string): string => `${of}.place ${direction}, ${of}.id ${direction}`;
  return { live, order, ordered: ordered.join(' UNION ALL ') };
}
