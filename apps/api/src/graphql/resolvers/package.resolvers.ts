import {
  filePosition,
  relationPosition,
  tagPosition,
  versionPosition,
  type ListedFile,
  type ListedRelated,
  type ListedTag,
  type ListedVersion,
  type RelationName,
} from '@packhouse/contracts';
import { platformsOf } from '../../packages/platforms';
import type { GraphContext, PackageSource, Resolver } from '../graph-context';
import { toConnection } from '../reading/connection';
import { writeNodeId, writeTagId } from '../reading/node-ids';
import { readPageArguments, type PageArguments } from '../reading/page-arguments';
import { fileUrl } from './file-url';
import { findRepository } from './repository-visibility';

const MAX_INT = 2 ** 31 - 1;
const MAX_PLATFORMS = 100;

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
  platforms: (async (found, _args, { reader }) => {
    const platforms = await reader.findText(found.id, 'platforms');
    return platformsOf({
      ...(platforms !== null && { platforms }),
      ...(found.platform !== null && { platform: found.platform }),
    }).slice(0, MAX_PLATFORMS);
  }) satisfies Resolver<ListedVersion>,
  artifactType: ((found, _args, { reader }) =>
    reader.findText(found.id, 'artifactType')) satisfies Resolver<ListedVersion>,
  partAs: (async (found, _args, { reader }) => {
    if (!found.isPart) return null;
    return (await reader.countRelated(found.id, 'containedBy')) > 0 ? 'CONTAINED' : 'ABOUT';
  }) satisfies Resolver<ListedVersion>,
  contains: related('contains', 'ASC'),
  about: related('about', 'ASC'),
  containedBy: related('containedBy', 'DESC'),
  aboutThis: related('aboutThis', 'DESC'),
  tags: (async (found, args, { reader }) => {
    const slice = readPageArguments('tags', args, tagPosition, 'ASC');
    const list = await reader.listTags(found.id, slice);
    return toConnection(
      list,
      slice,
      ({ name }) => name,
      async () => (await reader.tagCounts.load(found.id)) ?? 0,
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
  url: ((found, _args, context) => findFileUrl(found, context)) satisfies Resolver<ListedFile>,
  packageVersion: ((found, _args, { reader }) =>
    reader.versions.load(found.versionId)) satisfies Resolver<ListedFile>,
};

const onTag = {
  id: writeTagId satisfies Resolver<ListedTag>,
  version: ((found, _args, { reader }) =>
    reader.versions.load(found.versionId)) satisfies Resolver<ListedTag>,
};

/** Packages, their versions, files and tags. */
export const packageResolvers = {
  Package: onPackage,
  PackageVersion: onVersion,
  PackageFile: onFile,
  PackageTag: onTag,
};

/** One relation of a version. They are of its own package: who may read it may read them. */
function related(relation: RelationName, order: 'ASC' | 'DESC'): Resolver<ListedVersion, PageArguments> {
  return async ({ id }, args, { reader }) => {
    const slice = readPageArguments(relation, args, relationPosition, order);
    const list = await reader.listRelated(id, relation, slice);
    const page = toConnection(
      list,
      slice,
      ({ position }) => position,
      () => reader.countRelated(id, relation),
    );
    const nodeOf = (end: ListedRelated) => (end.id === null ? null : reader.versions.load(end.id));
    return {
      ...page,
      nodes: () => page.nodes.map(nodeOf),
      edges: page.edges.map(({ cursor, node }) => ({
        ...{ cursor, version: node.version, node: () => nodeOf(node) },
      })),
    };
  };
}

/** Where the file's gateway serves it, to whoever may read the package. */
async function findFileUrl(
  { packageId, versionId, name, digests }: ListedFile,
  { reader, formats, baseUrl }: GraphContext,
): Promise<string | null> {
  const [found, version] = await Promise.all([
    reader.packages.load(packageId),
    reader.versions.load(versionId),
  ]);
  const template = found && formats.fileUrlOf(found.format);
  const owner = template && (await reader.accounts.load(found.ownerId));
  if (!owner || !version) return null;
  const path = fileUrl(template, {
    ...{ owner: owner.login, name: found.name, apiName: found.apiName },
    ...{ version: version.version, file: name, sha256: digests.sha256 },
  });
  return path && `${baseUrl}${path}`;
}

/** GraphQL's integers have 32 bits. */
function intOrNull(value: number): number | null {
  return value > MAX_INT ? null : value;
}

function toInt(value: number): number {
  return Math.min(value, MAX_INT);
}
