const encodedScope = /\/(?:@|%40)([^/%]+)(?:%2f|\/)/gi;
const encodedAt = /\/%40/g;
const repeatedSlashes = /\/{2,}/g;

/**
 * Brings a raw request path (without its query) to the form that routes match: `@scope/name` with a plain slash,
 * single slashes. Clients send `@scope%2fname`, `@scope%2Fname` and `%40scope%2fname`, and proxies decode some of
 * them (A1.1). Everything else stays as it is, so that a name encoded twice is still seen to be so.
 * Called for every request: paths that need nothing cost two searches.
 */
export function normalisePath(path: string): string {
  const encoded = path.includes('%');
  if (!encoded && !path.includes('//')) return path;
  const plain = encoded ? path.replace(encodedScope, '/@$1/').replace(encodedAt, '/@') : path;
  return plain.replace(repeatedSlashes, '/');
}
