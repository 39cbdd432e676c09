import { filePosition, versionPosition, type ListedFile, type ListedVersion } from '@packhouse/contracts';
import type { PackageSource, Resolver } from '../graph-context';
import { toConnection } from '../reading/connection';
import { writeNodeId } from '../reading/node-ids';
import { readPageArguments, type PageArguments } from '../reading/page-arguments';
import { looksLikePreRelease } from './pre-release';
import { findRepository } from './repository-visibility';

const MAX_INT = 2 ** 31 - 1;

const onPackage = {
  id: ((found) => writeNodeId('Package', found.id)) satisfies Resolver<PackageSource>,
  databaseId: ((found) => intOrNull(found.number)) satisfies Resolver<PackageSource>,
  name: ((found) => found.apiName) satisfies Resolver<PackageSource>,
  packageType: ((found, _args, { formats }) =>
    formats.typeOf(found.format)) satisfies Resolver<PackageSource>,
  visibility: ((found) => found.visibility.toUpperCase()) satisfies Resolver<PackageSource>,
  latestVersion: ((found, _args, { reader }) =>
    reader.heads.load(found.id)) satisfies Resolver<PackageSource>,
  repository: ((found, _args, context) =>
    found.repositoryId === null
      ? null
      : findRepository(context, found.repositoryId)) satisfies Resolver<PackageSource>,
  statistics: (async (found, _args, { reader }) => ({
    downloadsTotalCount: toInt((await reader.packageDownloads.load(found.id)) ?? 0),
  })) satisfies Resolver<PackageSource>,
  version: ((found, { version }, { reader }) =>
    version.length > 512
      ? null
      : reader.versionsByText.load({ packageId: found.id, version })) satisfies Resolver<
    PackageSource,
    { version: string }
  >,
  versions: (async (found, args, { reader }) => {
    const slice = readPageArguments('versions', args, versionPosition, 'DESC');
    const list = await reader.listVersions(found.id, slice);
    return toConnection(
      list,
      slice,
      ({ publishedRevision }) => publishedRevision,
      async () => (await reader.packages.load(found.id))?.versionCount ?? 0,
    );
  }) satisfies Resolver<PackageSource, PageArguments>,
};

const onVersion = {
  id: ((found) => writeNodeId('PackageVersion', found.id)) satisfies Resolver<ListedVersion>,
  databaseId: ((found) => intOrNull(found.number)) satisfies Resolver<ListedVersion>,
  package: ((found, _args, { reader }) =>
    reader.packages.load(found.packageId)) satisfies Resolver<ListedVersion>,
  preRelease: ((found) => looksLikePreRelease(found.version)) satisfies Resolver<ListedVersion>,
  readme: ((found, _args, { reader }) =>
    reader.findText(found.id, 'readme')) satisfies Resolver<ListedVersion>,
  summary: ((found, _args, { reader }) =>
    reader.findText(found.id, 'description')) satisfies Resolver<ListedVersion>,
  release: (() => null) satisfies Resolver<ListedVersion>,
  statistics: (async (found, _args, { reader }) => ({
    downloadsTotalCount: toInt((await reader.versionDownloads.load(found.id)) ?? 0),
  })) satisfies Resolver<ListedVersion>,
  files: (async (found, args, { reader }) => {
    const slice = readPageArguments('files', args, filePosition, 'ASC');
    const list = await reader.listFiles(found.id, slice);
    return toConnection(
      list,
      slice,
      ({ name }) => name,
      async () => (await reader.fileCounts.load(found.id)) ?? 0,
    );
  }) satisfies Resolver<ListedVersion, PageArguments>,
};

const onFile = {
  id: ((found) => writeNodeId('PackageFile', found.id)) satisfies Resolver<ListedFile>,
  md5: ((found) => found.digests.md5 ?? null) satisfies Resolver<ListedFile>,
  sha1: ((found) => found.digests.sha1 ?? null) satisfies Resolver<ListedFile>,
  sha256: ((found) => found.digests.sha256) satisfies Resolver<ListedFile>,
  size: ((found) => intOrNull(found.size)) satisfies Resolver<ListedFile>,
  updatedAt: ((found) => found.createdAt) satisfies Resolver<ListedFile>,
  url: (() => null) satisfies Resolver<ListedFile>,
  packageVersion: ((found, _args, { reader }) =>
    reader.versions.load(found.versionId)) satisfies Resolver<ListedFile>,
};

/** Packages, their versions and files. */
export const packageResolvers = { Package: onPackage, PackageVersion: onVersion, PackageFile: onFile };

/** GraphQL's integers have 32 bits. */
function intOrNull(value: number): number | null {
  return value > MAX_INT ? null : value;
}

function toInt(value: number): number {
  return Math.min(value, MAX_INT);
}
