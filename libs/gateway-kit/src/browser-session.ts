import { DomainError, equalSecrets, sha256Hex } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';

/** Below these paths a browser may prove its caller by the cookie of a session. */
const browserPaths = '/api/';
const sessionShape = /^[\w-]{43}$/;
const readingMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Header with which the web interface proves that it, and not a page of somebody else, sends a change. */
export const CSRF_HEADER = 'x-csrf-token';

/** Over TLS a name that neither another host of the domain nor plain HTTP can set (RFC 6265bis, section 4.1.3.2). */
export function sessionCookieName(base: string): string {
  return base.startsWith('https:') ? '__Host-packhouse_session' : 'packhouse_session';
}

/**
 * The text of the session that a browser sent along, or null. Two cookies of the name are none: one of them was put
 * there by somebody else.
 */
export function readSession(request: FastifyRequest, base: string): string | null {
  const name = `${sessionCookieName(base)}=`;
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  const values = cookies
    .filter((cookie) => cookie.startsWith(name))
    .map((cookie) => cookie.slice(name.length));
  const [value] = values;
  return values.length === 1 && value !== undefined && sessionShape.test(value) ? value : null;
}

/** The same, for requests to the API that carry no other credential. */
export function readApiSession(request: FastifyRequest, base: string): string | null {
  return request.url.startsWith(browserPaths) ? readSession(request, base) : null;
}

/** What a page of ours knows of its session and no other page can read: sent with every change. */
export function csrfTokenOf(session: string): string {
  return sha256Hex(`csrf ${session}`);
}

/**
 * For a change that is signed in by cookie, which browsers send along from any page: it must come from a page of ours, and
 * carry the session's CSRF token. Reading changes nothing and needs neither.
 * @throws DomainError `forbidden`.
 */
export function refuseForgedChange(
  request: FastifyRequest,
  { session, base, token }: { session: string; base: string; token: string | undefined },
): void {
  if (readingMethods.has(request.method)) return;
  requireOwnOrigin(request, base);
  if (token !== undefined && equalSecrets(token, csrfTokenOf(session))) return;
  throw new DomainError(
    'forbidden',
    `A change that is signed in by a session carries its CSRF token (header ${CSRF_HEADER}): load the page again.`,
  );
}

/**
 * The browser says where a request comes from, in headers that no page can set (Fetch, section 3.2.5; Fetch Metadata):
 * refused unless it is a page of ours. The origin is ours when it is the public one, or the host that was asked for.
 * @throws DomainError `forbidden`.
 */
export function requireOwnOrigin({ headers }: FastifyRequest, base: string): void {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  const isOwnSite = site === undefined || site === 'same-origin';
  const isOwn = origin === undefined || isOwnOrigin(origin, host, base);
  // A page that gives no referrer sends the origin "null": then the other header must speak for it.
  const isSilent = origin === 'null' && site === 'same-origin';
  if (isOwnSite && (isOwn || isSilent) && (origin !== undefined || site !== undefined)) return;
  throw new DomainError('forbidden', 'This request does not come from a page of this instance.');
}

function isOwnOrigin(origin: string, host: string | undefined, base: string): boolean {
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  return from.origin === new URL(base).origin || (host !== undefined && from.host === host.toLowerCase());
}
