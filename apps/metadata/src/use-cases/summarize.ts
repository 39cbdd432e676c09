import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf, VersionSummary } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { CompleteReadables } from '../persistence/complete-readables';
import { PackageListRepository } from '../persistence/package-list.repository';
import { VersionListRepository } from '../persistence/version-list.repository';
import { markOf } from './page-mark';
import { RestoreWindow } from './restore-window';

type Contract = typeof metadataContract;

/** Longest property that a list shows: a hundred readmes do not fit a message. */
const MAX_LISTED = 4000;
const MAX_PAGE_BYTES = 600_000;

/** Reads packages and versions for people and their tools. */
@Injectable()
export class Summarize {
  constructor(
    private readonly packages: PackageListRepository,
    private readonly versions: VersionListRepository,
    private readonly window: RestoreWindow,
    private readonly readables: CompleteReadables,
  ) {}

  async listPackages(
    request: RequestOf<Contract, 'listPackagesOf'>,
  ): Promise<ResponseOf<Contract, 'listPackagesOf'>> {
    if (!request.ownerIds && request.repositoryId === null) {
      throw new DomainError('invalid_request', 'Name the owners or the repository whose packages to list.');
    }
    const readable = await this.readables.complete(request.readable);
    const { total, items } = await this.packages.list({ ...request, readable }, this.window.end());
    const mark = markOf(items);
    return { total, mark, items: mark === request.known ? [] : items };
  }

  async findPackageByNumber({
    number,
    state,
  }: RequestOf<Contract, 'findPackageByNumber'>): Promise<ResponseOf<Contract, 'findPackageByNumber'>> {
    return { package: await this.packages.findByNumber(number, this.which(state)) };
  }

  async findPackageByApiName(
    request: RequestOf<Contract, 'findPackageByApiName'>,
  ): Promise<ResponseOf<Contract, 'findPackageByApiName'>> {
    return { package: await this.packages.findByApiName(request, this.which(request.state)) };
  }

  async summarizePackages({
    ids,
  }: RequestOf<Contract, 'summarizePackages'>): Promise<ResponseOf<Contract, 'summarizePackages'>> {
    const found = await this.packages.summarize(ids);
    return { packages: found.filter(({ deletedAt }) => deletedAt === null) };
  }

  async listVersions(
    request: RequestOf<Contract, 'listVersionsOf'>,
  ): Promise<ResponseOf<Contract, 'listVersionsOf'>> {
    const page = await this.versions.list({ ...request, ...this.which(request.state) });
    if (!page)
      throw new DomainError('not_found', 'There is no such package.', { packageId: request.packageId });
    return { total: page.total, items: shortened(page.items, [MAX_LISTED, 500, 100, 0]) };
  }

  async findVersionByNumber({
    number,
    packageId,
    state,
  }: RequestOf<Contract, 'findVersionByNumber'>): Promise<ResponseOf<Contract, 'findVersionByNumber'>> {
    return { version: await this.versions.findByNumber(number, packageId, this.which(state)) };
  }

  async getVersions({
    ids,
  }: RequestOf<Contract, 'getVersions'>): Promise<ResponseOf<Contract, 'getVersions'>> {
    const found = await this.versions.listByIds(ids);
    return { versions: shortened(found, [Infinity, 100_000, 20_000, MAX_LISTED]) };
  }

  private which(state: 'active' | 'deleted') {
    return { state, restorableSince: this.window.end() };
  }
}

/** Leaves out texts that are too long, by the first of the limits with which all versions fit a message. */
function shortened(items: readonly VersionSummary[], limits: readonly number[]): VersionSummary[] {
  let result: VersionSummary[] = [];
  for (const limit of limits) {
    const keep = (properties: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(properties).filter(([, value]) => value.length <= limit));
    result = items.map((item) => ({
      ...item,
      properties: keep(item.properties),
      packageProperties: keep(item.packageProperties),
    }));
    if (Buffer.byteLength(JSON.stringify(result)) <= MAX_PAGE_BYTES) break;
  }
  return result;
}
