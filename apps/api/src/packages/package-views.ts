import { Injectable } from '@nestjs/common';
import {
  authContract,
  type Account,
  type AuthClient,
  type PackageSummary,
  type Principal,
  type Readable,
  type VersionSummary,
} from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { toPackageVersion, type PackageAnswer, type PackageVersionAnswer } from '../rest/serialisers/package';
import { toSimpleUser } from '../rest/serialisers/simple-user';
import { WrittenJson } from '../rest/written-json';
import { LinkedRepositories } from './linked-repositories';
import { PackageFormats } from './package-formats';
import { WrittenPackages } from './written-packages';

/** What a reader of packages sees of them, in GitHub's words. */
@Injectable()
export class PackageViews {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly formats: PackageFormats,
    private readonly publicUrl: PublicUrl,
    private readonly repositories: LinkedRepositories,
    private readonly written: WrittenPackages,
  ) {}

  listReadable(principal: Principal, ownerId: string): Promise<Readable> {
    return this.auth.listReadable({ principal, ownerId });
  }

  /** Packages of one owner, with those linked repositories that the reader may see. */
  async describe(
    request: FastifyRequest,
    owner: Account,
    packages: readonly PackageSummary[],
    principal: Principal,
  ): Promise<Array<WrittenJson<PackageAnswer>>> {
    const base = this.publicUrl.baseFor(request);
    const linked = [...new Set(packages.flatMap(({ repositoryId }) => repositoryId ?? []))];
    const repositories = await this.repositories.find(linked, principal, { owner, base });
    const shownOwner = WrittenJson.of(toSimpleUser(owner, base));
    const types = await this.formats.typesOf(packages.map(({ format }) => format));
    return packages.map((one) => {
      const repository = one.repositoryId === null ? null : repositories.get(one.repositoryId);
      const packageType = types.get(one.format) ?? one.format;
      return this.written.write(one, repository ?? null, { owner, shownOwner, packageType, base });
    });
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
}
