import type { PackageRole, Principal, Visibility } from '@packhouse/contracts';

/** Who asks, and how the caller stands to the owner and to the package. Facts only; the rules are in this project. */
export interface CallerFacts {
  /** Null: nobody signed in. */
  readonly principal: Pick<Principal, 'login' | 'siteAdmin' | 'scopes'> | null;
  /** The caller is the user who owns the package. */
  readonly isOwner: boolean;
  /** Role in the organization that owns the package; null when it is not a member, or the owner is a user. */
  readonly organizationRole: 'owner' | 'member' | null;
  /** Role granted on this package; null for none and for a package that is to be created. */
  readonly grant: PackageRole | null;
}

/** What is asked about. */
export interface SubjectFacts {
  readonly ownerLogin: string;
  readonly ownerKind: 'user' | 'organization';
  /** Name of the package, for sentences. */
  readonly name: string;
  /** Null: there is no such package; a write would create it. */
  readonly visibility: Visibility | null;
}

/** The facts of a caller that nobody knows anything of. */
export const anonymousCaller: CallerFacts = {
  principal: null,
  isOwner: false,
  organizationRole: null,
  grant: null,
};
