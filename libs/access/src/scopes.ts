import type { PackageAction, Principal, TokenScope } from '@packhouse/contracts';

/** The scope that a token needs for an action on a package that is not publicly readable (spec A-4). */
export const scopeOfAction: Readonly<Record<PackageAction, TokenScope>> = {
  read: 'read:packages',
  write: 'write:packages',
  delete: 'delete:packages',
  admin: 'write:packages',
};

/** What a scope contains besides itself, as on GitHub. */
const contained: Partial<Record<TokenScope, readonly TokenScope[]>> = {
  repo: ['public_repo'],
  'admin:org': ['write:org', 'read:org'],
  'write:org': ['read:org'],
  user: ['read:user'],
  'write:packages': ['read:packages'],
};

/** Whether these scopes include `scope`, by themselves or by what they contain. Null: a credential without scopes, and so without their limits. */
export function hasScope(scopes: readonly TokenScope[] | null, scope: TokenScope): boolean {
  return scopes === null || scopes.some((one) => one === scope || contained[one]?.includes(scope) === true);
}

/** A fine-grained or workflow token: it reaches packages and nothing else, however much its scopes say (they say nothing). */
export function reachesPackagesOnly({ limits, workflow }: Pick<Principal, 'limits' | 'workflow'>): boolean {
  return limits !== null || workflow !== null;
}

/** Whether a credential may be used for what `scope` stands for. For packages themselves ask for a decision instead. */
export function credentialReaches(
  principal: Pick<Principal, 'scopes' | 'limits' | 'workflow'>,
  scope: TokenScope,
): boolean {
  return !reachesPackagesOnly(principal) && hasScope(principal.scopes, scope);
}

/** Whether a credential with these scopes may read what is not public: `write:packages` implies `read:packages`. */
export function canReadWith(scopes: readonly TokenScope[] | null): boolean {
  return hasScope(scopes, 'read:packages');
}
