import { AbilityBuilder, createMongoAbility, type MongoAbility } from '@casl/ability';
import type { PackageAction, PackageScope, Visibility } from '@packhouse/contracts';

interface TargetOf<K extends 'package' | 'namespace'> {
  readonly kind: K;
  readonly visibility: Visibility;
  readonly scope: PackageScope;
}

/** A package that exists, or the owner's namespace in which one of this visibility would be created. */
export type Target = TargetOf<'package'> | TargetOf<'namespace'>;

export type AccessAbility = MongoAbility<[PackageAction, Target | Target['kind']]>;
export type Grantor = AbilityBuilder<AccessAbility>['can'];

export const isPublic = { visibility: 'public' } as const;
export const isInternal = { visibility: 'internal' } as const;

/** What a role on a package lets do. */
export const actionsOfRole = {
  read: ['read'],
  write: ['read', 'write'],
  admin: ['read', 'write', 'delete', 'admin'],
} as const;

/** Abilities are few, as they depend on a handful of flags: each is built once and kept, so that asking costs no allocation. */
const kept = new Map<string, AccessAbility>();

/** The ability of these flags; `key` names them all. */
export function abilityOf(key: string, grantRights: (can: Grantor) => void): AccessAbility {
  const known = kept.get(key);
  if (known) return known;
  const { can, build } = new AbilityBuilder<AccessAbility>(createMongoAbility);
  grantRights(can);
  const ability = build({ detectSubjectType: (target) => target.kind });
  kept.set(key, ability);
  return ability;
}
