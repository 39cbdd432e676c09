import { AbilityBuilder, createMongoAbility, type MongoAbility } from '@casl/ability';
import type { PackageAction, TokenScope, Visibility } from '@packhouse/contracts';
import type { CallerFacts } from './facts';

/** A package that exists, or the owner's namespace in which one would be created. */
export type Target = { kind: 'package'; visibility: Visibility } | { kind: 'namespace' };

export type AccessAbility = MongoAbility<[PackageAction, Target | Target['kind']]>;
type Grantor = AbilityBuilder<AccessAbility>['can'];

function defineAbility(grantRights: (can: Grantor) => void): AccessAbility {
  const { can, build } = new AbilityBuilder<AccessAbility>(createMongoAbility);
  grantRights(can);
  return build({ detectSubjectType: (target) => target.kind });
}

const isPublic = { visibility: 'public' } as const;
const isInternal = { visibility: 'internal' } as const;

/** Rights of an account: spec P-1 to P-4, P-18. Each rule says itself in a sentence, shown with the decision. */
function defineAccountRights(can: Grantor, caller: CallerFacts): void {
  can('read', 'package', isPublic).because('Public packages may be read by everybody.');
  if (caller.organizationRole !== null) {
    can('read', 'package', isInternal).because(
      'Internal packages may be read by every member of the organization.',
    );
    can('write', 'namespace').because('Members of the organization may create packages in it.');
  }
  if (caller.grant !== null) defineGrantedRights(can, caller.grant);
  const everything = findReasonOfEverything(caller);
  if (everything === null) return;
  can(['read', 'write', 'delete', 'admin'], 'package').because(everything);
  can('write', 'namespace').because(everything);
}

function defineGrantedRights(can: Grantor, grant: NonNullable<CallerFacts['grant']>): void {
  const rights = {
    read: ['read'],
    write: ['read', 'write'],
    admin: ['read', 'write', 'delete', 'admin'],
  } as const;
  can([...rights[grant]], 'package').because(`The account has the grant "${grant}" on the package.`);
}

function findReasonOfEverything(caller: CallerFacts): string | null {
  if (caller.isOwner) return 'The account owns the package.';
  if (caller.organizationRole === 'owner')
    return 'Owners of the organization administer all of its packages.';
  if (caller.principal?.siteAdmin === true) return 'Site administrators administer all packages.';
  return null;
}

/** Rights that a token passes on: spec A-4. Null: no token, or one without limits. */
function defineTokenRights(can: Grantor, scopes: readonly TokenScope[] | null): void {
  can('read', 'package', isPublic);
  const has = (scope: TokenScope): boolean => scopes === null || scopes.includes(scope);
  if (has('read:packages') || has('write:packages')) can('read', 'package');
  if (has('write:packages')) {
    can(['write', 'admin'], 'package');
    can('write', 'namespace');
  }
  if (has('delete:packages')) can('delete', 'package');
}

/** Abilities are few, as they depend on a handful of flags: each is built once and kept, so that asking costs no allocation. */
const kept = new Map<string, AccessAbility>();

function keep(key: string, build: () => AccessAbility): AccessAbility {
  let ability = kept.get(key);
  if (!ability) kept.set(key, (ability = build()));
  return ability;
}

/** What the account may do, whatever it signed in with. */
export function accountAbility(caller: CallerFacts): AccessAbility {
  const siteAdmin = caller.principal?.siteAdmin === true;
  const key = `account ${caller.isOwner} ${caller.organizationRole} ${caller.grant} ${siteAdmin}`;
  return keep(key, () => defineAbility((can) => defineAccountRights(can, caller)));
}

const limitingScopes = ['read:packages', 'write:packages', 'delete:packages'] as const;

/** What the credential lets through. The caller's right is what both abilities allow (spec A-8). */
export function tokenAbility(scopes: readonly TokenScope[] | null): AccessAbility {
  const key =
    scopes === null
      ? 'token without limit'
      : `token ${limitingScopes.filter((scope) => scopes.includes(scope)).join(' ')}`;
  return keep(key, () => defineAbility((can) => defineTokenRights(can, scopes)));
}
