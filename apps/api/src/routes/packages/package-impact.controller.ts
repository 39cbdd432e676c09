import { Controller, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  id,
  isoTime,
  metadataContract,
  type AuthClient,
  type MetadataClient,
} from '@packhouse/contracts';
import { DAY, DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageWindow, pagingQuery } from '../../rest/paging';
import { OwnPackages, packageParams, packagePath, packageView } from './own-packages';

const reading = { tags: ['packages'], scopes: ['read:packages'] } as const;
const WINDOW_DAYS = 90;
/** Of the versions that contain one so many are named. */
const MOST_HOLDERS = 20;

const getDownloads = defineOperation({
  ...reading,
  ...{
    id: 'ours/get-package-downloads',
    method: 'GET',
    path: `${packagePath}/downloads`,
    params: packageParams,
  },
  summary: 'Downloads of a package by day',
  query: z.object({ from: z.iso.date().optional(), to: z.iso.date().optional() }),
  responses: {
    200: z.object({
      total: z.number().int(),
      days: z.array(z.object({ day: z.string(), count: z.number().int() })),
    }),
  },
});
const getBlastRadius = defineOperation({
  ...reading,
  ...{
    id: 'ours/get-blast-radius',
    method: 'GET',
    path: `${packagePath}/blast-radius`,
    params: packageParams,
  },
  summary: 'Who would miss a package or one of its versions',
  description:
    'For who may delete it: what depends on it here, what contains it, tags, and downloads of the last 90 days by whom.',
  query: pagingQuery.extend({ version: z.coerce.number().int().positive().optional() }),
  responses: {
    200: z.object({
      tags: z.array(z.string()),
      /** Of a version: those that contain it, newest first, and their tags. While there is one it cannot be deleted. */
      containedBy: z.object({
        total: z.number().int(),
        items: z.array(
          z.object({ number: z.number().int(), version: z.string(), tags: z.array(z.string()) }),
        ),
      }),
      dependents: z.object({
        total: z.number().int(),
        items: z.array(
          z.object({
            owner: z.string(),
            name: z.string(),
            version: z.string(),
            isLatest: z.boolean(),
            requirement: z.string(),
            kind: z.string(),
          }),
        ),
      }),
      downloads: z.object({
        total: z.number().int(),
        by: z.array(
          z.object({
            account: z.string().nullable(),
            tokenId: id.nullable(),
            repository: z.string().nullable(),
            count: z.number().int(),
            lastDay: z.string(),
          }),
        ),
      }),
    }),
  },
});
const search = defineOperation({
  ...reading,
  ...{ id: 'ours/search-packages', method: 'GET', path: '/api/packhouse/v1/search/packages' },
  summary: 'Search packages of every format and owner',
  query: pagingQuery.extend({
    q: z.string().max(500).default(''),
    format: z.string().max(40).optional(),
    owner: z.string().max(100).optional(),
  }),
  responses: {
    200: z.object({
      total: z.number().int(),
      items: z.array(
        packageView
          .pick({ id: true, number: true, format: true, owner: true, name: true, visibility: true })
          .extend({
            description: z.string().nullable(),
            latest: z.object({ version: z.string(), publishedAt: isoTime }).nullable(),
          }),
      ),
    }),
  },
});

/** What packages mean to others: downloads, dependents, search. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class PackageImpactController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly packages: OwnPackages,
  ) {}

  @Operation(getDownloads)
  async downloads(@Input() { params, query, caller }: InputOf<typeof getDownloads>): Promise<object> {
    const { found } = await this.packages.open(caller, params);
    const { from = dayBefore(WINDOW_DAYS), to = dayBefore(0) } = query;
    return this.metadata.countDownloads({ packageId: found.id, from, to });
  }

  @Operation(getBlastRadius)
  async blastRadius(@Input() { params, query, caller }: InputOf<typeof getBlastRadius>): Promise<object> {
    const { found } = await this.packages.open(caller, params, 'delete');
    const packageId = found.id;
    const version = query.version === undefined ? null : await this.findVersion(packageId, query.version);
    const readable = await this.auth.listReadable({ principal: caller.principal });
    const { format, nameKey } = found;
    const [{ tags }, containedBy, dependents, downloads] = await Promise.all([
      this.metadata.describePackage({ packageId }),
      version ? this.findHolders(packageId, version.id) : { total: 0, items: [] },
      this.metadata.findDependents({ format, nameKey, readable, ...pageWindow(query) }),
      this.metadata.listDownloaders({
        packageId,
        versionId: version?.id ?? null,
        from: dayBefore(WINDOW_DAYS),
      }),
    ]);
    const logins = await this.loginsOf([
      ...dependents.items.map((item) => item.package.ownerId),
      ...downloads.items.map(({ accountId }) => accountId),
    ]);
    const repositories = await this.repositoriesOf(downloads.items.map(({ repositoryId }) => repositoryId));
    return {
      tags: version?.tags ?? tags.map(({ name }) => name),
      containedBy,
      dependents: {
        total: dependents.total,
        items: dependents.items.map(({ package: facts, version: text, isLatest, requirement, kind }) => ({
          ...{ owner: logins.get(facts.ownerId) ?? '', name: facts.name, version: text },
          ...{ isLatest, requirement, kind },
        })),
      },
      downloads: {
        total: downloads.total,
        by: downloads.items.map(({ accountId, tokenId, repositoryId, count, lastDay }) => ({
          account: (accountId && logins.get(accountId)) ?? null,
          tokenId,
          repository: (repositoryId && repositories.get(repositoryId)) ?? null,
          ...{ count, lastDay },
        })),
      },
    };
  }

  @Operation(search)
  async search(@Input() { query, caller }: InputOf<typeof search>): Promise<object> {
    const window = pageWindow(query);
    const owner =
      query.owner === undefined ? null : (await this.auth.findAccount({ login: query.owner })).account;
    if (query.owner !== undefined && !owner) return { total: 0, items: [] };
    const readable = await this.auth.listReadable({
      principal: caller.principal,
      ownerId: owner?.id ?? null,
    });
    const { total, items } = await this.metadata.searchPackages({
      ...{ format: query.format ?? null, text: query.q, ownerIds: owner && [owner.id], readable },
      ...window,
    });
    const logins = await this.loginsOf(items.map((item) => item.package.ownerId));
    return {
      total,
      items: items.map(({ package: facts, properties, latest }) => ({
        ...{
          id: facts.id,
          number: facts.number,
          format: facts.format,
          owner: logins.get(facts.ownerId) ?? '',
        },
        ...{ name: facts.name, visibility: facts.visibility, description: properties['description'] ?? null },
        latest: latest && { version: latest.version, publishedAt: latest.publishedAt },
      })),
    };
  }

  private async findHolders(packageId: string, versionId: string) {
    const request = { packageId, versionIds: [versionId], limit: MOST_HOLDERS };
    const [relations] = (await this.metadata.describeRelations(request)).versions;
    const ids = relations?.containedBy.items.flatMap((holder) => holder.id ?? []) ?? [];
    if (ids.length === 0) return { total: 0, items: [] };
    const { versions } = await this.metadata.getVersions({ ids });
    return {
      total: relations?.containedBy.total ?? 0,
      items: versions.map(({ number, version, tags }) => ({ number, version, tags })),
    };
  }

  private async findVersion(packageId: string, number: number) {
    const { version } = await this.metadata.findVersionByNumber({ number, packageId });
    if (!version) throw new DomainError('not_found', 'There is no such version.');
    return version;
  }

  private async loginsOf(ids: ReadonlyArray<string | null>): Promise<Map<string, string>> {
    const known = [...new Set(ids.flatMap((one) => one ?? []))];
    if (known.length === 0) return new Map();
    const { accounts } = await this.auth.getAccounts({ ids: known });
    return new Map(accounts.map((account) => [account.id, account.login]));
  }

  private async repositoriesOf(ids: ReadonlyArray<string | null>): Promise<Map<string, string>> {
    const known = [...new Set(ids.flatMap((one) => one ?? []))];
    if (known.length === 0) return new Map();
    const { repositories } = await this.auth.getRepositories({ ids: known });
    return new Map(repositories.map(({ id: key, ownerLogin, name }) => [key, `${ownerLogin}/${name}`]));
  }
}

/** The day so many days ago, in UTC. */
function dayBefore(days: number): string {
  return new Date(Date.now() - days * DAY).toISOString().slice(0, 10);
}
