import {
  MAX_LISTED_PARENTS,
  MAX_LISTED_ROWS,
  type Account,
  type AuthClient,
  type ListedFile,
  type ListedRelated,
  type ListedTag,
  type ListedVersion,
  type MetadataClient,
  type ListedPackage,
  type Principal,
  type Readable,
  type RelationName,
  type Repository,
} from '@packhouse/contracts';
import { BatchLoader } from './batch-loader';
import type { PageSlice } from './page-arguments';

/** A package that the caller may read. */
export type ReadablePackage = ListedPackage & { readonly versionCount: number };

export interface FoundList<T> {
  readonly items: readonly T[];
  readonly isMore: boolean;
}

export interface PackageFilter {
  readonly formats: readonly string[] | null;
  readonly names: readonly string[] | null;
  readonly repositoryId: string | null;
}

export interface PackagePosition {
  readonly createdAt: string;
  readonly number: number;
}

export interface GraphClients {
  readonly auth: AuthClient;
  readonly metadata: MetadataClient;
}

/** Why nothing is read any more; null while the request goes on. */
export type GiveUp = () => Error | null;

interface TagName {
  readonly packageId: string;
  readonly name: string;
}
const tagKey = ({ packageId, name }: TagName): string => `${packageId}/${name}`;

type ParentKind = 'owner' | 'repository';

const self = (key: string): string => key;
const byId = <T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.id, item]));

/**
 * Everything that one request looks up. Fields ask for one thing each; the questions to the services are for all that
 * a level of the query needs. Packages come through the condition of what the caller may read, and versions and files
 * are shown through their package only.
 */
export class GraphReader {
  readonly accounts: BatchLoader<string, Account>;
  /** Those that the caller may know of. */
  readonly repositories: BatchLoader<string, Repository>;
  readonly packages: BatchLoader<string, ReadablePackage>;
  readonly versions: BatchLoader<string, ListedVersion>;
  readonly files: BatchLoader<string, ListedFile>;
  readonly heads: BatchLoader<string, ListedVersion>;
  readonly versionsByText: BatchLoader<{ packageId: string; version: string }, ListedVersion>;
  readonly tags: BatchLoader<TagName, ListedTag>;
  readonly fileCounts: BatchLoader<string, number>;
  readonly tagCounts: BatchLoader<string, number>;
  readonly packageDownloads: BatchLoader<string, number>;
  readonly versionDownloads: BatchLoader<string, number>;
  private readonly texts = new Map<string, BatchLoader<string, string>>();
  private readonly lists = new Map<string, unknown>();
  private readable: Promise<Readable> | null = null;

  constructor(
    private readonly clients: GraphClients,
    private readonly principal: Principal,
    private readonly giveUp: GiveUp,
  ) {
    const { auth, metadata } = clients;
    this.accounts = this.loader(async (ids) => byId((await auth.getAccounts({ ids: [...ids] })).accounts));
    this.repositories = this.loader(async (ids) => {
      const asked = { ids: [...ids] };
      const [seen, { repositories }] = await Promise.all([
        auth.filterReadableRepositories({ principal, ...asked }),
        auth.getRepositories(asked),
      ]);
      return byId(repositories.filter(({ id }) => seen.ids.includes(id)));
    });
    this.packages = this.loader(async (ids) =>
      byId(
        (await metadata.getReadablePackages({ ids: [...ids], readable: await this.whatIsReadable() }))
          .packages,
      ),
    );
    this.versions = this.loader(async (ids) =>
      byId((await metadata.getListedVersions({ ids: [...ids] })).versions),
    );
    this.files = this.loader(async (ids) => byId((await metadata.getListedFiles({ ids: [...ids] })).files));
    this.heads = this.loader(async (packageIds) => {
      const { versions } = await metadata.findHeadVersions({ packageIds: [...packageIds] });
      return new Map(versions.map((version) => [version.packageId, version]));
    });
    this.versionsByText = this.loader(
      async (wanted) => {
        const { versions } = await metadata.findVersionsByText({ wanted: [...wanted] });
        return new Map(versions.map((found) => [`${found.packageId}/${found.version}`, found]));
      },
      ({ packageId, version }) => `${packageId}/${version}`,
    );
    this.tags = this.loader(async (wanted) => {
      const { tags } = await metadata.getListedTags({ wanted: [...wanted] });
      return new Map(tags.map((tag) => [tagKey(tag), tag]));
    }, tagKey);
    this.fileCounts = this.counts((versionIds) => metadata.countFilesOfVersions({ versionIds }));
    this.tagCounts = this.counts((versionIds) => metadata.countTagsOfVersions({ versionIds }));
    this.packageDownloads = this.downloads('packageIds');
    this.versionDownloads = this.downloads('versionIds');
  }

  /** What the caller may read besides public packages: asked once a request. */
  whatIsReadable(): Promise<Readable> {
    this.readable ??= this.clients.auth.listReadable({ principal: this.principal });
    return this.readable;
  }

  /** A package's page of an owner or a repository. */
  async listPackages(
    kind: ParentKind,
    parentId: string,
    filter: PackageFilter,
    slice: PageSlice<PackagePosition>,
  ): Promise<FoundList<ListedPackage>> {
    const loader = this.listLoader<ListedPackage>(
      ['packages', kind, filter, slice.scan],
      slice,
      async (ids) => {
        const { lists } = await this.clients.metadata.listPackagesOfParents({
          parents: { kind, ids },
          filter: toRequest(filter),
          readable: await this.whatIsReadable(),
          slice: slice.scan,
        });
        return lists;
      },
    );
    return (await loader.load(parentId)) ?? { items: [], isMore: false };
  }

  async countPackages(kind: ParentKind, parentId: string, filter: PackageFilter): Promise<number> {
    const key = JSON.stringify(['count', kind, filter]);
    const loader = this.remembered(key, () =>
      this.counts(async (ids) =>
        this.clients.metadata.countPackagesOfParents({
          parents: { kind, ids },
          filter: toRequest(filter),
          readable: await this.whatIsReadable(),
        }),
      ),
    );
    return (await loader.load(parentId)) ?? 0;
  }

  async listVersions(packageId: string, slice: PageSlice<number>): Promise<FoundList<ListedVersion>> {
    const loader = this.listLoader<ListedVersion>(['versions', slice.scan], slice, async (packageIds) => {
      const { lists } = await this.clients.metadata.listVersionsOfPackages({ packageIds, slice: slice.scan });
      return lists;
    });
    return (await loader.load(packageId)) ?? { items: [], isMore: false };
  }

  async listFiles(versionId: string, slice: PageSlice<string>): Promise<FoundList<ListedFile>> {
    const loader = this.listLoader<ListedFile>(['files', slice.scan], slice, async (versionIds) => {
      const { lists } = await this.clients.metadata.listFilesOfVersions({ versionIds, slice: slice.scan });
      return lists;
    });
    return (await loader.load(versionId)) ?? { items: [], isMore: false };
  }

  async listTags(versionId: string, slice: PageSlice<string>): Promise<FoundList<ListedTag>> {
    const loader = this.listLoader<ListedTag>(['tags', slice.scan], slice, async (versionIds) => {
      const { lists } = await this.clients.metadata.listTagsOfVersions({ versionIds, slice: slice.scan });
      return lists;
    });
    return (await loader.load(versionId)) ?? { items: [], isMore: false };
  }

  /** Versions that it names so, or that name it. */
  async listRelated(
    versionId: string,
    relation: RelationName,
    slice: PageSlice<number>,
  ): Promise<FoundList<ListedRelated>> {
    const key = ['related', relation, slice.scan];
    const loader = this.listLoader<ListedRelated>(key, slice, async (versionIds) => {
      const asked = { versionIds, relation, slice: slice.scan };
      return (await this.clients.metadata.listRelatedOfVersions(asked)).lists;
    });
    return (await loader.load(versionId)) ?? { items: [], isMore: false };
  }

  async countRelated(versionId: string, relation: RelationName): Promise<number> {
    const loader = this.remembered(`count related ${relation}`, () =>
      this.counts((versionIds) => this.clients.metadata.countRelatedOfVersions({ versionIds, relation })),
    );
    return (await loader.load(versionId)) ?? 0;
  }

  /** A text that a version brought: its readme, its description. */
  async findText(versionId: string, property: string): Promise<string | null> {
    let loader = this.texts.get(property);
    if (!loader) {
      loader = this.loader<string, string>((ids) => this.readTexts(ids, property));
      this.texts.set(property, loader);
    }
    return loader.load(versionId);
  }

  private async readTexts(ids: readonly string[], property: string): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    let waiting = [...ids];
    while (waiting.length > 0) {
      const { texts } = await this.clients.metadata.getVersionTexts({ versionIds: waiting, property });
      for (const { versionId, text } of texts) if (text !== null) found.set(versionId, text);
      // What is left did not fit the message; those before the last one that came are gone.
      const last = texts[texts.length - 1]?.versionId;
      waiting = last === undefined ? [] : waiting.slice(waiting.indexOf(last) + 1);
    }
    return found;
  }

  private counts(
    read: (ids: string[]) => Promise<{ counts: ReadonlyArray<{ parentId: string; total: number }> }>,
  ): BatchLoader<string, number> {
    return this.loader(async (ids) => {
      const { counts } = await read([...ids]);
      return new Map(counts.map(({ parentId, total }) => [parentId, total]));
    });
  }

  private downloads(of: 'packageIds' | 'versionIds'): BatchLoader<string, number> {
    return this.loader(async (ids) => {
      const asked = { packageIds: [], versionIds: [], [of]: [...ids] };
      const { totals } = await this.clients.metadata.sumDownloads(asked);
      return new Map(totals.map(({ id, total }) => [id, total]));
    });
  }

  /** One loader for every place of a query that asks for the same part of the list of its parent. */
  private listLoader<T>(
    key: readonly unknown[],
    { scan }: PageSlice<unknown>,
    read: (ids: string[]) => Promise<ReadonlyArray<FoundList<T> & { parentId: string }>>,
  ): BatchLoader<string, FoundList<T>> {
    return this.remembered(JSON.stringify(key), () =>
      this.loader<string, FoundList<T>>(
        async (ids) => new Map((await read([...ids])).map((list) => [list.parentId, list])),
        self,
        Math.max(1, Math.floor(MAX_LISTED_ROWS / scan.limit)),
      ),
    );
  }

  private remembered<T>(key: string, make: () => T): T {
    const known = this.lists.get(key) as T | undefined;
    if (known) return known;
    const made = make();
    this.lists.set(key, made);
    return made;
  }

  private loader<K, V>(
    read: (keys: readonly K[]) => Promise<ReadonlyMap<string, V>>,
    nameOf: (key: K) => string = self as (key: K) => string,
    maxBatch = MAX_LISTED_PARENTS,
  ): BatchLoader<K, V> {
    const readUnlessOver = (keys: readonly K[]): Promise<ReadonlyMap<string, V>> => {
      const reason = this.giveUp();
      return reason ? Promise.reject(reason) : read(keys);
    };
    return new BatchLoader(readUnlessOver, nameOf, Math.min(maxBatch, MAX_LISTED_PARENTS));
  }
}

function toRequest({ formats, names, repositoryId }: PackageFilter) {
  return { formats: formats && [...formats], names: names && [...names], repositoryId };
}
