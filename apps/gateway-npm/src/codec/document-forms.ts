import type { PackageFacts } from '@packhouse/contracts';
import type { DocumentHeaders } from '@packhouse/gateway-kit';
import type { FragmentKind } from './fragments';

const ABBREVIATED = 'application/vnd.npm.install-v1+json';
const VARY = 'accept, accept-encoding, authorization';

/** Shared caches must ask again each time, so that what was just published is seen (A3.4). */
export function headersFor(facts: PackageFacts, kind: FragmentKind): DocumentHeaders {
  const contentType = kind === 'full' ? 'application/json' : ABBREVIATED;
  const cacheControl =
    facts.visibility === 'public' ? 'public, max-age=0, must-revalidate' : 'private, no-cache';
  return { contentType, cacheControl, vary: VARY };
}

/** The abbreviated form when the client likes it at least as well as plain JSON (A3.1). */
export function chooseKind(accept: string | undefined): FragmentKind {
  if (!accept?.includes(ABBREVIATED)) return 'full';
  let abbreviated = 0;
  let full = 0;
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    if (type === ABBREVIATED) abbreviated = quality;
    if (type === 'application/json') full = quality;
  }
  return abbreviated > 0 && abbreviated >= full ? 'abbreviated' : 'full';
}
