import { Injectable } from '@nestjs/common';
import {
  authContract,
  type Account,
  type AuthClient,
  type PackageSummary,
  type Principal,
  type Readable,
  type Repository,
  type VersionSummary,
} from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import {
  toPackage,
  toPackageVersion,
  type PackageAnswer,
  type PackageVersionAnswer,
} from '../rest/serialisers/package';
import { PackageFormats } from './package-formats';

/** What a reader of packages sees of them, in GitHub's words. */
@Injectable()
export class PackageViews {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly formats: PackageFormats,
    private readonly publicUrl: PublicUrl,
  ) {}

  listReadable(principal: Principal, ownerId: string): Promise<Readable> {
    return this.auth.listReadable({ principal, ownerId });
  }

  /** Packages of one owner, with those linked repositories that the reader may see. */
  async describe(
    request: FastifyRequest,
    owner: Account,
    packages: readonly PackageSummary[],
    readable: Readable,
  ): Promise<PackageAnswer[]> {
    const repositories = await this.findRepositories(packages, readable);
    const base = this.publicUrl.baseFor(request);
    return Promise.all(
      packages.map(async (found) => {
        const repository = found.repositoryId === null ? null : repositories.get(found.repositoryId);
        const packageType = await this.formats.typeOf(found.format);
        return toPackage(found, repository ?? null, { owner, packageType, base });
      }),
    );
  }

  async describeVersions(
    request: FastifyRequest,
    { owner, found }: { owner: Account; found: PackageSummary },
    versions: readonly VersionSummary[],
  ): Promise<PackageVersionAnswer[]> {
    const packageType = await this.formats.typeOf(found.format);
    const base = this.publicUrl.baseFor(request);
    return versions.map((version) => toPackageVersion(version, found, { owner, packageType, base }));
  }

  /** A package may be seen by people who may not know of its repository. */
  private async findRepositories(
    packages: readonly PackageSummary[],
    readable: Readable,
  ): Promise<Map<string, Repository>> {
    const ids = [...new Set(packages.flatMap(({ repositoryId }) => repositoryId ?? []))];
    if (ids.length === 0) return new Map();
    const { repositories } = await this.auth.getRepositories({ ids });
    const seen = repositories.filter((repository) => isVisible(repository, readable));
    return new Map(seen.map((repository) => [repository.id, repository]));
  }
}

function isVisible({ id, ownerId, visibility }: Repository, readable: Readable): boolean {
  if (visibility === 'public' || readable.everything || readable.repositoryIds.includes(id)) return true;
  if (visibility === 'internal' && readable.internalOwnerIds.includes(ownerId)) return true;
  return readable.ownerIds.includes(ownerId) || readable.inheritingOwnerIds.includes(ownerId);
}
