import type { PublicUrl, Received } from '@packhouse/http';
import type { RegistryProduct } from '../product';
import type { RegistryAction } from './scope-grammar';

/** Where a client gets tokens for a registry, as this client reaches it. */
export interface TokenService {
  readonly realm: string;
  readonly service: string;
}

/** A repository and what is wanted of it, in the order of importance; null: the list of all of them. */
export interface WantedScope {
  /** Of the grammar, never as a client wrote it. */
  readonly name: string;
  readonly actions: readonly RegistryAction[];
}

export type ChallengeFault = 'invalid_token' | 'insufficient_scope';

/** The token service behind the address that the request came to. */
export function tokenServiceFor(
  publicUrl: PublicUrl,
  product: RegistryProduct,
  request: Received,
): TokenService {
  const host = product.hosts.find((label) => request.headers.host?.startsWith(`${label}.`));
  const base = publicUrl.mountFor(request, product.mount, host ?? product.format);
  return { realm: `${base}/token`, service: new URL(base).host };
}

/**
 * The value of `WWW-Authenticate` (spec 5.1): one scheme, everything in quotation marks. Whatever is put in comes from the
 * grammar of names or from our own address, and holds no quotation mark and no line break.
 */
export function challengeOf(
  { realm, service }: TokenService,
  {
    scopes = [],
    catalog = false,
    error,
  }: { scopes?: readonly WantedScope[]; catalog?: boolean; error?: ChallengeFault },
): string {
  const wanted = scopes.map(({ name, actions }) => `repository:${name}:${actions.join()}`);
  if (catalog) wanted.push('registry:catalog:*');
  const parameters = [
    ['realm', realm],
    ['service', service],
    ['scope', wanted.join(' ')],
    ['error', error ?? ''],
  ].filter(([, value]) => value !== '');
  return `Bearer ${parameters.map(([name, value]) => `${name}="${value}"`).join(',')}`;
}
