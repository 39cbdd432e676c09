import type { PublicUrl, Received } from '@packhouse/http';
import { LRUCache } from 'lru-cache';
import { splitRepositoryName } from '../codec/repository-name';
import type { RegistryProduct } from '../product';
import type { RegistryAction } from './scope-grammar';

/** Where a client gets tokens for a registry, as this client reaches it. */
export interface TokenService {
  readonly realm: string;
  readonly service: string;
}

/** A repository and what is wanted of it. */
export interface WantedScope {
  readonly name: string;
  readonly actions: readonly RegistryAction[];
}

export type ChallengeFault = 'invalid_token' | 'insufficient_scope';

/** By base: every request asks, also those that are answered from memory. */
const knownServices = new LRUCache<string, TokenService>({ max: 100 });

/** The token service behind the address that the request came to. */
export function tokenServiceFor(
  publicUrl: PublicUrl,
  product: RegistryProduct,
  request: Received,
): TokenService {
  const host = product.hosts.find((label) => request.headers.host?.startsWith(`${label}.`));
  const base = publicUrl.mountFor(request, product.mount, host ?? product.format);
  const known = knownServices.get(base);
  if (known) return known;
  const service = { realm: `${base}/token`, service: new URL(base).host };
  knownServices.set(base, service);
  return service;
}

/**
 * The value of `WWW-Authenticate` (spec 5.1): one scheme, everything in quotation marks. Whatever is put in is of the
 * grammar of names or our own address, and holds no quotation mark and no line break.
 */
export function challengeOf(
  { realm, service }: TokenService,
  {
    scopes = [],
    catalog = false,
    error,
  }: { scopes?: readonly WantedScope[]; catalog?: boolean; error?: ChallengeFault },
): string {
  // What a route was asked for may be no name at all; then there is no token for it either.
  const named = scopes.filter(({ name }) => splitRepositoryName(name) !== null);
  const wanted = named.map(({ name, actions }) => `repository:${name}:${actions.join()}`);
  if (catalog) wanted.push('registry:catalog:*');
  const parameters = [
    ['realm', realm],
    ['service', service],
    ['scope', wanted.join(' ')],
    ['error', error ?? ''],
  ].filter(([, value]) => value !== '');
  return `Bearer ${parameters.map(([name, value]) => `${name}="${value}"`).join(',')}`;
}
