import type { Actor, metadataContract, ResponseOf } from '@packhouse/contracts';
import type { CommitContext, NewVersion } from '../persistence/commit.repository';
import type { CommitRequest } from './commit-rules';
import { changedKeys } from './package-events';
import { factsOf, type PackageState } from './package-state';

export type CommitResponse = ResponseOf<typeof metadataContract, 'commitVersion'>;

/** How a publish ended: the answer, and what processes must forget because of it, after the commit. */
export interface Committed {
  readonly response: CommitResponse;
  readonly staleKeys: readonly string[];
}

/** A package under its lock, and what else decides about the commit. */
export interface OpenedPackage {
  /** As it was; a new one as its first version makes it. */
  readonly before: PackageState;
  readonly isNew: boolean;
  readonly context: CommitContext;
}

/** On whose behalf a publish runs, and with room for what. */
export interface CommitRun {
  /** Who causes it; the request's actor is its publisher. */
  readonly actor: Actor;
  /** Id of the deleted version for whose return, with what went along, there is room. */
  readonly roomFor: string | null;
}

/** A version was made, or is back (`restored`); `before` is null for a package that was made with it. */
export function createdIn(
  before: PackageState | null,
  after: PackageState,
  versionId: string,
  restored = false,
): Committed {
  return {
    response: {
      outcome: 'created',
      packageCreated: before === null,
      restored,
      package: factsOf(after),
      versionId,
    },
    staleKeys: changedKeys(before, after),
  };
}

/** The rows of a version that is published with these tags. */
export function newVersionOf(request: CommitRequest, tags: readonly string[]): NewVersion {
  const { version, files, fragments, properties, packageProperties, tagDigest, dependencies, format } =
    request;
  return {
    ...version,
    publisherId: request.actor.accountId,
    properties,
    packageProperties,
    files,
    fragments,
    tags,
    tagDigest,
    format,
    dependencies,
    isAddressed: request.contentAddressed,
    speaks: request.contentAddressed && request.headTag !== null,
  };
}
