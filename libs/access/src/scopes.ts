import type { PackageAction, TokenScope } from '@packhouse/contracts';

/** The scope that a token needs for an action on a package that is not publicly readable (spec A-4). */
export const scopeOfAction: Readonly<Record<PackageAction, TokenScope>> = {
  read: 'read:packages',
  write: 'write:packages',
  delete: 'delete:packages',
  admin: 'write:packages',
};

/** Whether a credential with these scopes may read what is not public: `write:packages` implies `read:packages`. */
export function canReadWith(scopes: readonly TokenScope[] | null): boolean {
  return scopes === null || scopes.includes('read:packages') || scopes.includes('write:packages');
}
