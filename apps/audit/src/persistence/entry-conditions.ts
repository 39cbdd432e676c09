/** Where an entry stands in the order of the log. */
export interface Place {
  readonly at: string;
  readonly position: string;
}

/** A pattern with `*` for any run of characters, wanted or (`not`) unwanted. */
export interface Wanted {
  readonly pattern: string;
  readonly not?: boolean;
}

/** What entries must be like; all of it. */
export interface EntryCriteria {
  readonly ownerId: string | null;
  readonly tokenId: string | null;
  readonly requestId: string | null;
  readonly actors: readonly Wanted[];
  readonly actions: readonly Wanted[];
  readonly owners: readonly Wanted[];
  readonly repositories: readonly Wanted[];
  readonly packages: readonly Wanted[];
  readonly addresses: readonly Wanted[];
  readonly words: readonly Wanted[];
  /** Inclusive. */
  readonly from: string | null;
  /** Exclusive. */
  readonly to: string | null;
}

/** The conditions of a query; `bind` takes a value and gives its place holder. */
export function conditionsOf(criteria: EntryCriteria, bind: (value: unknown) => string): string[] {
  const { ownerId, tokenId, requestId, from, to } = criteria;
  const conditions: string[] = [];
  if (ownerId !== null) conditions.push(`owner_id = ${bind(ownerId)}`);
  if (tokenId !== null) conditions.push(`token_id = ${bind(tokenId)}`);
  if (requestId !== null) conditions.push(`request_id = ${bind(requestId)}`);
  if (from !== null) conditions.push(`at >= ${bind(from)}::timestamptz`);
  if (to !== null) conditions.push(`at < ${bind(to)}::timestamptz`);
  const columns = [
    ['lower(actor)', criteria.actors],
    ['action', criteria.actions],
    ['lower(owner)', criteria.owners],
    ['lower(repository)', criteria.repositories],
    ['lower(package)', criteria.packages],
    ['address', criteria.addresses],
  ] as const;
  for (const [column, wanted] of columns)
    for (const one of wanted) conditions.push(compare(column, one, bind));
  for (const { pattern, not } of criteria.words) {
    const like = bind(`%${likePattern(pattern)}%`);
    conditions.push(`words ${not ? 'NOT LIKE' : 'LIKE'} ${like}`);
  }
  return conditions;
}

function compare(column: string, { pattern, not }: Wanted, bind: (value: unknown) => string): string {
  const test = pattern.includes('*')
    ? `${column} LIKE ${bind(likePattern(pattern))}`
    : `${column} = ${bind(pattern.toLowerCase())}`;
  return not ? `(${test}) IS NOT TRUE` : test;
}

/** `*` is any run of characters; what LIKE takes as special is meant as it is written. */
function likePattern(pattern: string): string {
  return pattern
    .toLowerCase()
    .replaceAll(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%');
}
