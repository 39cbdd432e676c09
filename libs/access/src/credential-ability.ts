import { matchesName, type PackageAction, type TokenScope } from '@packhouse/contracts';
import { abilityOf, isPublic, type AccessAbility, type Grantor } from './ability';
import type { CallerFacts, SubjectFacts } from './facts';

type SignedIn = NonNullable<CallerFacts['principal']>;
type Limits = NonNullable<SignedIn['limits']>;

const limitingScopes = ['read:packages', 'write:packages', 'delete:packages', 'repo'] as const;

/** What the credential lets through. The caller's right is what it and the account allow (spec A-8). */
export function credentialAbility(principal: SignedIn, subject: SubjectFacts): AccessAbility {
  const { scopes, limits, workflow } = principal;
  const isReader = workflow?.role === 'read';
  if (limits !== null) return limitsAbility(limits, subject, isReader);
  if (isReader) return readingAbility;
  if (scopes !== null) return scopesAbility(scopes);
  return unlimitedAbility;
}

const everyAction: PackageAction[] = ['read', 'write', 'delete', 'admin'];

const unlimitedAbility = abilityOf('credential without limit', (can) => {
  can(everyAction, 'package');
  can('write', 'namespace');
});

/** Of a workflow whose job asked for no more. */
const readingAbility = abilityOf('credential for reading', (can) => void can('read', 'package'));

/** Spec A-4; what belongs to a repository asks for the scope `repo` besides, unless it is public. */
function scopesAbility(scopes: readonly TokenScope[]): AccessAbility {
  const has = (scope: TokenScope): boolean => scopes.includes(scope);
  return abilityOf(`scopes ${limitingScopes.filter(has).join(' ')}`, (can) => {
    can('read', 'package', isPublic);
    const owned = { scope: 'owner' } as const;
    const reach = has('repo') ? [owned, { scope: 'repository' } as const] : [owned];
    for (const where of reach) defineScopes(can, has, where);
    if (!has('repo')) defineScopes(can, has, { scope: 'repository', ...isPublic });
  });
}

function defineScopes(
  can: Grantor,
  has: (scope: TokenScope) => boolean,
  where: { scope: 'owner' | 'repository'; visibility?: 'public' },
): void {
  if (has('read:packages') || has('write:packages')) can('read', 'package', where);
  if (has('write:packages')) {
    can(['write', 'admin'], 'package', where);
    can('write', 'namespace', where);
  }
  if (has('delete:packages')) can('delete', 'package', where);
}

function limitsAbility(limits: Limits, subject: SubjectFacts, isReader: boolean): AccessAbility {
  const mayChange = !isReader && changesFormat(limits, subject);
  const possible = mayChange ? everyAction : (['read'] as const);
  const actions = reaches(limits, subject)
    ? possible.filter((action) => limitsAllow(limits.actions, action))
    : [];
  return abilityOf(`limits ${actions.join(' ')}`, (can) => {
    can('read', 'package', isPublic);
    if (actions.length > 0) can(actions, 'package');
    if (actions.includes('write')) can('write', 'namespace');
  });
}

/** Whether a token that is made for one format may change packages of this one. */
export function changesFormat({ format }: Limits, subject: SubjectFacts): boolean {
  return format === undefined || format === subject.format;
}

/** `write` implies `read`. */
export function limitsAllow(actions: readonly PackageAction[], action: PackageAction): boolean {
  return actions.includes(action) || (action === 'read' && actions.includes('write'));
}

/** Whether a fine-grained token is made for this owner and this name at all. */
export function reaches(limits: Limits, { ownerId, name }: SubjectFacts): boolean {
  if (limits.ownerId !== ownerId) return false;
  return limits.packages === null || limits.packages.some((pattern) => matchesName(pattern, name));
}
