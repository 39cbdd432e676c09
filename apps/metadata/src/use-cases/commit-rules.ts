import type { metadataContract, RequestOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { MAX_TAGS, type AddressedContext, type CommitContext } from '../persistence/commit.repository';
import { otherNamesOf } from './other-names';
import { hoist, type PackageState } from './package-state';
import { checkTagStays } from './tag-rules';

export type CommitRequest = RequestOf<typeof metadataContract, 'commitVersion'>;

/** Names longer than this do not fit an index page of the database. */
const MAX_NAME_BYTES = 2000;

/** Refuses what could not be stored, before anything is locked. */
export function checkCommit(request: CommitRequest): void {
  const { package: target, version, files } = request;
  const names = [
    target.name,
    target.nameKey,
    version.identity,
    version.version,
    version.sortKey,
    ...files.map((file) => file.name),
  ];
  const tooLong = names.find((name) => Buffer.byteLength(name) > MAX_NAME_BYTES);
  if (tooLong !== undefined) {
    throw new DomainError(
      'invalid_request',
      `The name "${tooLong.slice(0, 60)}…" is longer than ${MAX_NAME_BYTES} bytes: use a shorter one.`,
    );
  }
  if (new Set(files.map((file) => file.name)).size !== files.length) {
    throw new DomainError(
      'invalid_request',
      'Two files of the version have the same name: name each file once.',
    );
  }
  checkAddressed(request);
}

function checkAddressed(request: CommitRequest): void {
  const { contentAddressed, contains, about, tagDigest, version, headTag, tags } = request;
  const others = [...contains, ...about];
  if (!contentAddressed && (others.length > 0 || tagDigest !== null)) {
    throw new DomainError(
      'invalid_request',
      'Only versions that are named by their content name others, or have another digest.',
    );
  }
  if ([version.identity, ...otherNamesOf(request)].some((name) => others.includes(name))) {
    throw new DomainError(
      'invalid_request',
      'The version names itself: it can only contain or be about others.',
    );
  }
  if (contentAddressed && headTag !== null && !tags.includes(headTag)) {
    throw new DomainError('invalid_request', `The head tag "${headTag}" is none of the tags of the version.`);
  }
}

/** Versions of a package are all named in one way: the first one decides. */
export function checkNaming(
  { contentAddressed, package: { name } }: CommitRequest,
  state: PackageState,
): void {
  if (contentAddressed === state.isContentAddressed) return;
  throw new DomainError(
    'invalid_request',
    state.isContentAddressed
      ? `Versions of "${name}" are named by their content: publish this one so as well.`
      : `Versions of "${name}" are numbered: publish this one under another package.`,
  );
}

/** Refuses to take an immutable tag from another version than `versionId`. */
export function checkTagsStay(
  state: PackageState,
  tags: AddressedContext['tags'],
  versionId: string | null,
): void {
  for (const tag of tags) if (tag.versionId !== versionId) checkTagStays(state, tag.name);
}

/** Refuses a publish whose right was asked for another package than the one that bears the name now (null: none did). */
export function checkExpected({ name, expectedId }: CommitRequest['package'], found: string | null): void {
  if (expectedId === undefined || expectedId === found) return;
  throw new DomainError('revision_conflict', `"${name}" was made or deleted meanwhile: try again.`);
}

/** Tags that go to the new version: those asked for, and the head tag when the package lacks it. */
export function tagsToMove(request: CommitRequest, presentTags: readonly string[]): string[] {
  const tags = new Set(request.tags);
  if (request.headTag !== null && !presentTags.includes(request.headTag)) tags.add(request.headTag);
  return [...tags];
}

/** The package as it is after the publish, given its next revision and the tags that move. */
export function packageAfterCommit(
  next: PackageState,
  request: CommitRequest,
  tags: readonly string[],
): PackageState {
  const headTag = request.headTag ?? next.headTag;
  const after = { ...next, headTag, versionCount: next.versionCount + 1 };
  return headTag !== null && tags.includes(headTag) ? hoist(after, request.packageProperties) : after;
}

/** A package as its first version makes it; its number comes with its row and is 0 here. */
export function packageOfFirst(request: CommitRequest, id: string, now: Date): PackageState {
  const { name, nameKey, visibility, scope, repositoryId, inheritsAccess } = request.package;
  const { format, ownerId } = request;
  const empty: PackageState = {
    ...{ id, number: 0, format, ownerId, name, nameKey, visibility, scope, repositoryId, inheritsAccess },
    ...{ revision: 1, createdAt: now, updatedAt: now, removedAt: null, purgedAt: null, versionCount: 0 },
    ...{ headTag: null, properties: {}, hoistedKeys: [] },
    ...{ isContentAddressed: request.contentAddressed, immutableTags: [] },
    linkOpen: request.contentAddressed && request.headTag === null && scope === 'owner',
  };
  if (request.contentAddressed) return speaking({ ...empty, versionCount: 1 }, request);
  return packageAfterCommit(empty, request, tagsToMove(request, []));
}

/**
 * A content-addressed package after a publish of `request`. Its head tag is the one that was pushed last to speak for it:
 * it is never put anywhere but where it was pushed. The first version speaks until there is one.
 */
export function speaking(after: PackageState, { headTag, packageProperties }: CommitRequest): PackageState {
  const isFirst = after.headTag === null && after.versionCount === 1;
  if (headTag === null && !isFirst) return after;
  return hoist({ ...after, headTag: headTag ?? after.headTag }, packageProperties);
}

/**
 * The package as a publish of `request` links it. Its link is open until a version is tagged to speak for it: a push of
 * several versions makes the package with any of them, and tags the one that contains the others last.
 */
export function linking(
  after: PackageState,
  { headTag, package: { repositoryId, inheritsAccess } }: CommitRequest,
): PackageState {
  if (!after.linkOpen) return after;
  const linkOpen = headTag === null;
  const isToldAgain = repositoryId === null || repositoryId === after.repositoryId;
  const isPartOfLinked = linkOpen && after.repositoryId !== null;
  if (isToldAgain || isPartOfLinked) return { ...after, linkOpen };
  return { ...after, linkOpen, repositoryId, inheritsAccess };
}

/** True when the version that is there is the one being published; rejects when its number is taken by another. */
export function isSameVersion(
  request: CommitRequest,
  existing: NonNullable<CommitContext['existing']>,
): boolean {
  const name = `${request.package.name} ${existing.version}`;
  if (existing.removed) {
    throw new DomainError(
      'version_exists',
      `"${name}" was published and deleted; its number stays reserved. Restore it, or publish under a new version number.`,
      { version: existing.version, removed: true },
    );
  }
  const published = new Map(existing.files.map((file) => [file.name, file.sha256]));
  const isSame =
    published.size === request.files.length &&
    request.files.every((file) => published.get(file.name) === file.digests.sha256);
  if (isSame) return true;
  throw new DomainError(
    'version_exists',
    `"${name}" is already published with other content. Publish under a new version number.`,
    { version: existing.version, sha256: existing.files[0]?.sha256 },
  );
}

/** Refuses a file name that belongs to another version, and (unless `tags` is null) tags without end. */
export function checkContext(
  request: CommitRequest,
  context: CommitContext,
  tags: readonly string[] | null,
): void {
  if (context.takenFile) {
    const { name, version } = context.takenFile;
    throw new DomainError(
      'version_exists',
      `The file "${name}" already belongs to version ${version} of "${request.package.name}". Publish it under another name.`,
      { version, file: name },
    );
  }
  if (tags === null) return;
  const added = tags.filter((tag) => !context.presentTags.includes(tag)).length;
  if (added > 0) checkTagCount(request.package.name, context.tagCount + added);
}

export function checkTagCount(packageName: string, count: number): void {
  if (count > MAX_TAGS) {
    throw new DomainError(
      'invalid_request',
      `"${packageName}" would have more than ${MAX_TAGS} tags: remove some that are no longer used.`,
    );
  }
}
