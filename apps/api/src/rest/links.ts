import type { FastifyRequest } from 'fastify';

/** Header whose links are relative to the instance until the interceptor puts its URL before them. */
export const LINK = 'link';

export type Links = Partial<Record<'prev' | 'next' | 'last' | 'first', string>>;

/** Path and query of a request with some parameters changed (null: removed); all others stay as they came. */
export function queryOf(request: FastifyRequest, changes: Readonly<Record<string, string | null>>): string {
  const [path = '', search = ''] = request.url.split('?', 2);
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The Link header (RFC 8288), or none. */
export function renderLinks(links: Links): Record<string, string> {
  const parts = Object.entries(links).map(([rel, target]) => `<${target}>; rel="${rel}"`);
  return parts.length === 0 ? {} : { [LINK]: parts.join(', ') };
}

/** Makes the links of a header absolute. */
export function absoluteLinks(header: string, base: string): string {
  return header.replaceAll('</', `<${base}/`);
}
