import type { FormatState, PackageRole, PackageScope, Principal, Visibility } from '@packhouse/contracts';

/** Who asks, and how the caller stands to the owner and to the package. Facts only; the rules are in this project. */
export interface CallerFacts {
  /** Null: nobody signed in. */
  readonly principal: Pick<Principal, 'login' | 'siteAdmin' | 'scopes' | 'limits' | 'workflow'> | null;
  /** The caller is the user who owns the package. */
  readonly isOwner: boolean;
  /** Role in the organization that owns the package; null when it is not a member, or the owner is a user. */
  readonly organizationRole: 'owner' | 'member' | null;
  /** The caller belongs to an organization of the owner's enterprise; of a workflow: its owner does. */
  readonly enterpriseMember: boolean;
  /** Role granted on this package, of a workflow to its repository; null for none and for a package that is to be created. */
  readonly grant: PackageRole | null;
  /** Highest role that teams of the caller, and the teams above those, have on this package. */
  readonly teamGrant: PackageRole | null;
  /** Role on the linked repository as a role on packages: own, of teams, or what every member has. */
  readonly repositoryRole: PackageRole | null;
}

/** What is asked about. */
export interface SubjectFacts {
  readonly ownerId: string;
  readonly ownerLogin: string;
  readonly ownerKind: 'user' | 'organization';
  readonly format: string;
  readonly formatState: FormatState;
  /** Name of the package as asked for: for sentences, and compared with the patterns of a token. */
  readonly name: string;
  /** Null: there is no such package; a write would create it. */
  readonly visibility: Visibility | null;
  /** `repository`: access and visibility are those of the repository, always (spec P-17). */
  readonly scope: PackageScope;
  /** The linked repository, or the one that a new package would be linked to. */
  readonly repositoryId: string | null;
  /** The role on the linked repository counts, and no grant of people and teams does (spec P-13). */
  readonly inheritsAccess: boolean;
  /** Visibility that a new package would have: of what belongs to a repository, the repository's. */
  readonly newVisibility: Visibility;
  /** What members may create (spec P-23); owners may create everything. */
  readonly creatable: readonly Visibility[];
}

/** How a caller stands that nobody knows anything of. */
export const strangerFacts: Omit<CallerFacts, 'principal'> = {
  isOwner: false,
  organizationRole: null,
  enterpriseMember: false,
  grant: null,
  teamGrant: null,
  repositoryRole: null,
};

/** The facts of a caller that did not sign in. */
export const anonymousCaller: CallerFacts = { principal: null, ...strangerFacts };
