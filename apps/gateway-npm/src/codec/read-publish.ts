import { DomainError, type Digests } from '@packhouse/kernel';
import { compareManifests } from './compare-manifests';
import { renderFragments, type Dist, type Fragments } from './fragments';
import { isObject, memberOf, objectOf, textOf, type JsonObject } from './json-values';
import { tarballFileName, type PackageName } from './package-name';
import { readProperties } from './package-properties';
import { checkTag, parseVersion, type PackageVersion } from './package-version';
import { readBundle, type ProvenanceBundle } from './provenance-bundle';
import { checkAttachment, checkIntegrity, integrityOf } from './publish-integrity';
import type { PublishDocument } from './publish-document';
import { publishedManifest } from './published-manifest';
import type { VersionSigner } from './registry-signature';
import { findRepository, type RepositoryLink } from './repository-link';
import type { TarballFacts } from './tarball-contents';
import { readTags } from './write-requests';

export interface PublishInput {
  /** The name in the URL. */
  readonly name: PackageName;
  readonly received: PublishDocument;
  /** Of the tarball's bytes; `sha1` and `sha512` are needed. */
  readonly digests: Digests;
  readonly facts: TarballFacts;
  readonly publisher: { readonly name: string; readonly email: string };
  /** Signs the version when the registry has a key. */
  readonly sign?: VersionSigner;
}

/** A publish document that passed every check, in the pieces that a version is committed with. */
export interface PublishedVersion {
  readonly name: PackageName;
  readonly version: PackageVersion;
  readonly fileName: string;
  readonly integrity: string;
  /** Tags that move to this version. */
  readonly tags: readonly string[];
  /** As asked for; null: the owner's default. */
  readonly access: 'public' | 'restricted' | null;
  readonly manifest: JsonObject;
  readonly fragments: Fragments;
  readonly packageProperties: Record<string, string>;
  readonly repository: RepositoryLink | null;
  readonly bundle: ProvenanceBundle | null;
}

/**
 * Applies the checks of A4.1 to a publish document, its tarball's digests and what the tarball contains. Whether the
 * name may be new, whether the version exists, rights and quota are for the caller.
 */
export function readPublish(input: PublishInput): PublishedVersion {
  const { name, received, digests, facts } = input;
  const { document } = received;
  checkDocumentName(name, document);
  const sent = findVersion(name, received);
  const version = parseVersion(textOf(sent.manifest, 'version'));
  if (version.version !== sent.key)
    throw refuse('The version in the manifest differs from its key in "versions".', 'version');
  if (textOf(sent.manifest, 'name') !== name.name)
    throw refuse(`The manifest is not that of ${name.name}.`, 'name');
  checkAttachment(received);
  checkIntegrity(memberOf(sent.manifest, 'dist'), digests);
  compareManifests(sent.manifest, facts);
  const tags = selectTags(document, version.version, sent.isMerged);
  const bundle = readBundle(document, { name: name.name, version: version.version, sha512: digests.sha512! });
  const manifest = publishedManifest(sent.manifest, facts, input.publisher);
  const integrity = integrityOf(digests);
  const dist: Dist = {
    integrity,
    shasum: digests.sha1!,
    fileCount: facts.fileCount,
    unpackedSize: facts.unpackedSize,
    ...(input.sign && { signatures: [input.sign(name.name, version.version, integrity)] }),
    ...(bundle && { predicateType: bundle.predicateType }),
  };
  return {
    name,
    version,
    fileName: tarballFileName(name, version.version),
    integrity,
    tags,
    access: readAccess(document),
    manifest,
    fragments: renderFragments(manifest, dist, versionPaths(name, version.version)),
    packageProperties: readProperties(sent.manifest, document, facts),
    repository: findRepository(sent.manifest),
    bundle,
  };
}

/** Where a version's tarball and attestations are, below the registry's base. */
function versionPaths(name: PackageName, version: string): { tarball: string; attestations: string } {
  return {
    tarball: `${name.name}/-/${tarballFileName(name, version)}`,
    attestations: `-/npm/v1/attestations/${name.name.replace('/', '%2f')}@${version}`,
  };
}

function checkDocumentName(name: PackageName, document: JsonObject): void {
  for (const field of ['name', '_id']) {
    const value = memberOf(document, field);
    if (value !== undefined && value !== name.name) {
      throw refuse(`The document is published at "${name.name}", but its "${field}" is another one.`, field);
    }
  }
  if (memberOf(document, 'name') === undefined) throw refuse('The document has no "name".', 'name');
}

interface SentVersion {
  readonly key: string;
  readonly manifest: JsonObject;
  /** The document also lists versions that are already there. */
  readonly isMerged: boolean;
}

/**
 * A publish document has one version. After a 409, npm 6 and 8 send all existing versions along with the new one;
 * those documents carry the revision they were made from, and the attachment's name tells which version is meant.
 */
function findVersion(name: PackageName, { document, attachment }: PublishDocument): SentVersion {
  const versions = Object.entries(objectOf(memberOf(document, 'versions')));
  const isMerged = versions.length > 1 && memberOf(document, '_rev') !== undefined;
  const wanted = isMerged
    ? versions.filter(([key]) => attachment?.key === `${name.name}-${key}.tgz`)
    : versions;
  const [first] = wanted;
  if (first === undefined || wanted.length > 1 || !isObject(first[1])) {
    throw refuse('A publish document has exactly one version: publish one version at a time.', 'versions');
  }
  return { key: first[0], manifest: first[1], isMerged };
}

function selectTags(document: JsonObject, version: string, isMerged: boolean): readonly string[] {
  const tags: string[] = [];
  for (const [tag, target] of readTags(document)) {
    if (target !== version && isMerged) continue;
    checkTag(tag);
    if (target !== version)
      throw refuse(
        `The tag "${tag}" names ${target.slice(0, 60)}, which is not the version being published.`,
        'dist-tags',
      );
    tags.push(tag);
  }
  if (tags.length > 50) throw refuse('A version is published with at most 50 tags.', 'dist-tags');
  return tags;
}

function readAccess(document: JsonObject): 'public' | 'restricted' | null {
  const access = memberOf(document, 'access') ?? null;
  if (access === null || access === 'public' || access === 'restricted') return access;
  if (access === 'private') return 'restricted';
  throw refuse('"access" is public or restricted.', 'access');
}

function refuse(sentence: string, field: string): DomainError {
  return new DomainError('invalid_package', sentence, { field });
}
