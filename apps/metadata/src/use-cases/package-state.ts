import type { PackageFacts, PackageScope, Visibility } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { describeForSearch, type SearchTerms } from './search-terms';

/** Everything the writes know of a package while they hold its lock. Never changed in place. */
export interface PackageState {
  readonly id: string;
  readonly number: number;
  readonly format: string;
  readonly ownerId: string;
  readonly name: string;
  readonly nameKey: string;
  readonly visibility: Visibility;
  readonly scope: PackageScope;
  readonly repositoryId: string | null;
  readonly inheritsAccess: boolean;
  /** What is published may link it: nothing was tagged yet to speak for it, and nobody set its link. */
  readonly linkOpen: boolean;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly removedAt: Date | null;
  readonly purgedAt: Date | null;
  readonly versionCount: number;
  /** The tag whose version lends the package its properties; null until a commit named one. */
  readonly headTag: string | null;
  readonly properties: Readonly<Record<string, string>>;
  /** Which of the properties came from the version that bears `headTag`. */
  readonly hoistedKeys: readonly string[];
  /** Its versions are named by digests of their content. */
  readonly isContentAddressed: boolean;
  /** Patterns of tags that stay on the version they are on. */
  readonly immutableTags: readonly string[];
}

/** Leaves room for everything else that a description of the package carries in one message. */
const MAX_PACKAGE_PROPERTIES_BYTES = 400_000;

export function factsOf(state: PackageState): PackageFacts {
  return {
    id: state.id,
    number: state.number,
    format: state.format,
    ownerId: state.ownerId,
    name: state.name,
    nameKey: state.nameKey,
    visibility: state.visibility,
    scope: state.scope,
    repositoryId: state.repositoryId,
    inheritsAccess: state.inheritsAccess,
    linkOpen: state.linkOpen,
    revision: state.revision,
    createdAt: state.createdAt.toISOString(),
    updatedAt: state.updatedAt.toISOString(),
  };
}

/** The next revision of a package. Its time never runs backwards, even when two replicas' clocks differ. */
export function nextRevision(state: PackageState, now: Date): PackageState {
  return { ...state, revision: state.revision + 1, updatedAt: now > state.updatedAt ? now : state.updatedAt };
}

/**
 * Shows the properties of another head version: those of the former head go, those set on the package itself stay
 * unless the new head brings its own.
 */
export function hoist(state: PackageState, fromHead: Readonly<Record<string, string>>): PackageState {
  const shown = new Map(Object.entries(state.properties));
  for (const key of state.hoistedKeys) shown.delete(key);
  for (const [key, value] of Object.entries(fromHead)) shown.set(key, value);
  return withProperties({ ...state, hoistedKeys: Object.keys(fromHead) }, shown);
}

/** Sets properties of the package itself; null takes one away. */
export function patchProperties(
  state: PackageState,
  patch: Readonly<Record<string, string | null>>,
): PackageState {
  const shown = new Map(Object.entries(state.properties));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) shown.delete(key);
    else shown.set(key, value);
  }
  return withProperties(state, shown);
}

export function searchTermsOf(state: PackageState): SearchTerms {
  return describeForSearch(state.name, state.properties);
}

function withProperties(state: PackageState, shown: ReadonlyMap<string, string>): PackageState {
  const properties = Object.fromEntries(shown);
  if (Buffer.byteLength(JSON.stringify(properties)) > MAX_PACKAGE_PROPERTIES_BYTES) {
    throw new DomainError(
      'invalid_request',
      `The description of "${state.name}" is larger than ${MAX_PACKAGE_PROPERTIES_BYTES} bytes: shorten its texts, for example the readme.`,
    );
  }
  return { ...state, properties };
}
