import { registryError } from './registry-error';

/** Which part of a list a client wants. */
export interface PageQuery {
  /** How many at most; null: as many as a page has. */
  readonly count: number | null;
  /** The entry after which it begins; it need not exist. */
  readonly last: string | null;
}

/** Reads `n` and `last`. Rejects `PAGINATION_NUMBER_INVALID`; a number above `most` is as that. */
export function readPageQuery(query: URLSearchParams, most: number): PageQuery {
  const n = query.get('n');
  const last = query.get('last');
  if (n !== null && !/^\d{1,15}$/.test(n))
    throw registryError('PAGINATION_NUMBER_INVALID', `"n" must be a whole number, not "${n.slice(0, 50)}".`, {
      n: n.slice(0, 50),
    });
  return { count: n === null ? null : Math.min(Number(n), most), last: last === '' ? null : last };
}

/** `Link` to the page that follows, relative to the host: other parameters of the query stay. */
export function nextLink(
  path: string,
  query: URLSearchParams,
  changes: Readonly<Record<string, string>>,
): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) next.set(name, value);
  return `<${path}?${next.toString()}>; rel="next"`;
}
