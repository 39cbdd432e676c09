/**
 * Whether a stored copy is still good (RFC 9110 section 13.1.2): weak comparison, as proxies weaken tags when they
 * compress, and `*` for anything.
 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag || ifNoneMatch.trim() === '*') return true;
  const wanted = etag.replace(/^W\//, '');
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === wanted);
}

export type ContentCoding = 'identity' | 'gzip' | 'br';

/** Clients send a handful of different headers; a stranger who sends more of them fills nothing. */
const MOST_KNOWN_CODINGS = 200;
const knownCodings = new Map<string, ContentCoding>();

/** The best coding for a ready document: brotli, then gzip, then none; codings with q=0 are refused (RFC 9110 section 12.5.3). */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding {
  if (!acceptEncoding) return 'identity';
  const known = knownCodings.get(acceptEncoding);
  if (known) return known;
  const coding = readCoding(acceptEncoding);
  if (knownCodings.size < MOST_KNOWN_CODINGS) knownCodings.set(acceptEncoding, coding);
  return coding;
}

function readCoding(acceptEncoding: string): ContentCoding {
  let gzip = false;
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.trim().split(';');
    if (parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter))) continue;
    if (name === 'br') return 'br';
    if (name === 'gzip' || name === '*') gzip = true;
  }
  return gzip ? 'gzip' : 'identity';
}
