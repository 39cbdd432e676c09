import type { CommitVersionRequest, VersionRecord, MetadataClient } from '@packhouse/contracts';
import { newId, sha256Hex } from '@packhouse/kernel';

export const alice = { accountId: newId(), login: 'alice' };

/** An owner of its own for each test, so that tests do not meet. */
export function newOwner(): string {
  return newId();
}

type Overrides = Partial<Omit<CommitVersionRequest, 'package' | 'version'>> & {
  name?: string;
  version?: string;
  sortKey?: string;
  content?: string;
  visibility?: 'public' | 'private' | 'internal';
};

/** A publish of one file of a toy format, as a gateway would send it. Sort keys of x.y.z compare as numbers. */
export function commitOf(ownerId: string, overrides: Overrides = {}): CommitVersionRequest {
  const {
    name = 'widget',
    version = '1.0.0',
    content = version,
    sortKey,
    visibility = 'private',
    ...rest
  } = overrides;
  return {
    format: 'toy',
    ownerId,
    package: { name, nameKey: name.toLowerCase(), visibility },
    version: { id: newId(), version, identity: version, sortKey: sortKey ?? sortKeyOf(version) },
    files: [fileOf(`${name}-${version}.box`, content)],
    fragments: { full: `{"v":"${version}"}` },
    properties: {},
    packageProperties: { description: `about ${version}` },
    tags: ['latest'],
    headTag: 'latest',
    actor: alice,
    ...rest,
  };
}

export function fileOf(name: string, content: string) {
  return {
    name,
    contentType: 'application/octet-stream',
    size: content.length,
    digests: { sha256: sha256Hex(content) },
  };
}

/** Releases after their prereleases, numbers as numbers. */
export function sortKeyOf(version: string): string {
  const [numbers = '', prerelease] = version.split('-');
  const padded = numbers.split('.').map((part) => part.padStart(8, '0'));
  return [...padded, prerelease === undefined ? '~' : `-${prerelease}`].join('.');
}

/** Every page of the versions, and the revisions that the pages told. */
export async function listAll(
  client: MetadataClient,
  request: { packageId: string; fragmentKind?: string; afterRevision?: number },
): Promise<{ items: VersionRecord[]; pages: number; revisions: Set<number> }> {
  const items: VersionRecord[] = [];
  const revisions = new Set<number>();
  let pages = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<MetadataClient['listVersions']>> = await client.listVersions({
      ...request,
      cursor,
    });
    items.push(...page.items);
    revisions.add(page.revision);
    pages += 1;
    cursor = page.next;
  } while (cursor !== null);
  return { items, pages, revisions };
}
