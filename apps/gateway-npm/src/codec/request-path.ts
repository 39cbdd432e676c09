const encodedScope = /\/(?:@|%40)([^/%]+)(?:%2f|\/)/gi;
const encodedAt = /\/%40/g;
const repeatedSlashes = /\/{2,}/g;
const slash = 47;

/**
 * Brings a raw request path (without its query) to the form that routes match: `@scope/name` with a plain slash,
 * single slashes and none at the end. Clients send `@scope%2fname`, `@scope%2Fname` and `%40scope%2fname`, and proxies decode some of
 * them (A1.1). Everything else stays as it is, so that a name encoded twice is still seen to be so.
 * Called for every request: paths that need nothing cost two searches.
 */
export function normalisePath(path: string): string {
  const encoded = path.includes('%');
  const endsInSlash = path.charCodeAt(path.length - 1) === slash;
  if (!encoded && !endsInSlash && !path.includes('//')) return path;
  const plain = encoded ? path.replace(encodedScope, '/@$1/').replace(encodedAt, '/@') : path;
  const single = plain.replace(repeatedSlashes, '/');
  return single.length > 1 && single.charCodeAt(single.length - 1) === slash ? single.slice(0, -1) : single;
}
