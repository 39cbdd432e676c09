import { LRUCache } from 'lru-cache';

const encodedScope = /\/(?:@|%40)([^/%]+)(?:%2f|\/)/gi;
const encodedAt = /\/%40/g;
const repeatedSlashes = /\/{2,}/g;
const slash = 47;
const mount = '/_registry/npm';
const repeatedMount = `${mount}${mount}/`;

/** Longer paths than packages have are read anew each time. */
const LONGEST_KEPT = 300;
const kept = new LRUCache<string, string>({ max: 5000 });

/**
 * Brings a raw request path (without its query) to the form that routes match: `@scope/name` with a plain slash,
 * single slashes and none at the end. Clients send `@scope%2fname`, `@scope%2Fname` and `%40scope%2fname`, and proxies decode some of
 * them (A1.1). Everything else stays as it is, so that a name encoded twice is still seen to be so.
 * npm 6 takes the path of a tarball's URL, which has the mount, and puts it behind the registry's when it unpublishes
 * (A4.4, step 4): the mount then stands there twice.
 * Called for every request: paths that need nothing cost two searches, those that were seen before a look.
 */
export function normalisePath(sent: string): string {
  const path = sent.startsWith(repeatedMount) ? sent.slice(mount.length) : sent;
  const encoded = path.includes('%');
  const endsInSlash = path.charCodeAt(path.length - 1) === slash;
  if (!encoded && !endsInSlash && !path.includes('//')) return path;
  const known = kept.get(path);
  if (known !== undefined) return known;
  const normal = rewrite(path, encoded);
  if (path.length <= LONGEST_KEPT) kept.set(path, normal);
  return normal;
}

function rewrite(path: string, encoded: boolean): string {
  const plain = encoded ? path.replace(encodedScope, '/@$1/').replace(encodedAt, '/@') : path;
  const single = plain.replace(repeatedSlashes, '/');
  return single.length > 1 && single.charCodeAt(single.length - 1) === slash ? single.slice(0, -1) : single;
}
