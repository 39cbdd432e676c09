import type { PackageRole } from '@packhouse/contracts';
import type { CallerFacts, SubjectFacts } from './facts';

/** Where a role comes from, as sentences name it. */
export type RoleSource = 'grant' | 'team' | 'repository';

export interface EffectiveRole {
  readonly role: PackageRole | null;
  readonly source: RoleSource;
}

const ranks: Readonly<Record<PackageRole, number>> = { read: 1, write: 2, admin: 3 };

export const rankOf = (role: PackageRole | null): number => (role === null ? 0 : ranks[role]);

/** Whether the role on the repository counts, instead of grants on the package. */
export function inheritsFromRepository({ scope, inheritsAccess }: SubjectFacts): boolean {
  return scope === 'repository' || inheritsAccess;
}

/** The role of a person on the package (spec P-8, P-9, P-11 to P-13). */
export function effectiveRole(caller: CallerFacts, subject: SubjectFacts): EffectiveRole {
  if (inheritsFromRepository(subject)) return { role: caller.repositoryRole, source: 'repository' };
  // Who left the organization keeps no access to what it does not show to everybody.
  const mayHoldGrant =
    subject.ownerKind === 'user' || caller.organizationRole !== null || subject.visibility === 'public';
  const grant = mayHoldGrant ? caller.grant : null;
  return rankOf(caller.teamGrant) > rankOf(grant)
    ? { role: caller.teamGrant, source: 'team' }
    : { role: grant, source: 'grant' };
}
