import { factKey, metadataEvents, type EventDefinition, type PackageFacts } from '@packhouse/contracts';
import type { CommitRequest } from './commit-rules';
import type { PackageState } from './package-state';

/** An event that waits to be recorded in the transaction of the change it tells of. */
export interface EventDraft {
  readonly event: EventDefinition;
  readonly payload: unknown;
}

interface VersionRef {
  readonly id: string;
  readonly version: string;
}

const refOf = (state: PackageState) => ({
  packageId: state.id,
  format: state.format,
  ownerId: state.ownerId,
  name: state.name,
  revision: state.revision,
});

export const packageCreated = (state: PackageState): EventDraft => ({
  event: metadataEvents.packageCreated,
  payload: {
    ...refOf(state),
    visibility: state.visibility,
    repositoryId: state.repositoryId,
    inheritsAccess: state.inheritsAccess,
  },
});

export const versionPublished = (state: PackageState, version: VersionRef, size: number): EventDraft => ({
  event: metadataEvents.versionPublished,
  payload: { ...refOf(state), versionId: version.id, version: version.version, size },
});

export const versionDeleted = (
  state: PackageState,
  version: VersionRef,
  { forcedBecause, asPart }: { readonly forcedBecause: string | null; readonly asPart: boolean },
): EventDraft => ({
  event: metadataEvents.versionDeleted,
  payload: { ...refOf(state), versionId: version.id, version: version.version, forcedBecause, asPart },
});

export const versionRestored = (state: PackageState, version: VersionRef, asPart: boolean): EventDraft => ({
  event: metadataEvents.versionRestored,
  payload: { ...refOf(state), versionId: version.id, version: version.version, asPart },
});

export const versionPurged = (state: PackageState, version: VersionRef): EventDraft => ({
  event: metadataEvents.versionPurged,
  payload: { ...refOf(state), versionId: version.id, version: version.version },
});

export const versionFreed = (state: PackageState, version: VersionRef): EventDraft => ({
  event: metadataEvents.versionFreed,
  payload: { ...refOf(state), versionId: version.id, version: version.version },
});

export const packageDeleted = (state: PackageState, forcedBecause: string | null): EventDraft => ({
  event: metadataEvents.packageDeleted,
  payload: { ...refOf(state), versionCount: state.versionCount, forcedBecause },
});

export const packageRestored = (state: PackageState): EventDraft => ({
  event: metadataEvents.packageRestored,
  payload: { ...refOf(state), versionCount: state.versionCount },
});

export const packagePurged = (state: PackageState): EventDraft => ({
  event: metadataEvents.packagePurged,
  payload: refOf(state),
});

const repositoryLinked = (state: PackageState): EventDraft => ({
  event: metadataEvents.repositoryLinked,
  payload: { ...refOf(state), repositoryId: state.repositoryId, inheritsAccess: state.inheritsAccess },
});

const accessModeChanged = (state: PackageState): EventDraft => ({
  event: metadataEvents.accessModeChanged,
  payload: { ...refOf(state), repositoryId: state.repositoryId, inheritsAccess: state.inheritsAccess },
});

/** What became of its link and of whose access counts. */
export function linkChanges(before: PackageState, after: PackageState): EventDraft[] {
  const events: EventDraft[] = [];
  if (before.repositoryId !== after.repositoryId) events.push(repositoryLinked(after));
  if (before.inheritsAccess !== after.inheritsAccess) events.push(accessModeChanged(after));
  return events;
}

/** `change` says what kind of facts are different now. */
export const packageChanged = (
  state: PackageState,
  change: 'versions' | 'tags' | 'tag-rules' | 'properties' | 'stars' | 'owner',
  tags: readonly string[] = [],
): EventDraft => ({
  event: metadataEvents.packageChanged,
  payload: { ...refOf(state), change, tags },
});

export const visibilityChanged = (state: PackageState): EventDraft => ({
  event: metadataEvents.visibilityChanged,
  payload: { ...refOf(state), visibility: state.visibility },
});

/** Facts that every process must forget after the change; `before` is null for a package that is new. */
export function changedKeys(before: PackageState | null, after: PackageState): string[] {
  const keys = [factKey.packageName(after.format, after.ownerId, after.nameKey)];
  const isAccessSame =
    before !== null &&
    before.visibility === after.visibility &&
    before.repositoryId === after.repositoryId &&
    before.inheritsAccess === after.inheritsAccess &&
    (before.removedAt === null) === (after.removedAt === null);
  const former = before && factKey.packageName(before.format, before.ownerId, before.nameKey);
  const isNameSame = former === null || former === keys[0];
  if (!isNameSame) keys.push(former);
  if (isAccessSame && isNameSame) return keys;
  keys.push(factKey.packageAccess(after.id), factKey.packages(after.ownerId));
  if (before && before.ownerId !== after.ownerId) keys.push(factKey.packages(before.ownerId));
  return keys;
}

/**
 * Tells the ledger that a staged version will not be published. A package that it would have made does not exist:
 * the version's own id stands for it, at revision 0.
 */
export function stagedVersionDropped(request: CommitRequest, facts: PackageFacts | null): EventDraft {
  const { format, ownerId, version } = request;
  const payload = {
    packageId: facts?.id ?? version.id,
    format,
    ownerId,
    name: facts?.name ?? request.package.name,
    revision: facts?.revision ?? 0,
    versionId: version.id,
    version: version.version,
  };
  return { event: metadataEvents.stagedVersionDropped, payload };
}
