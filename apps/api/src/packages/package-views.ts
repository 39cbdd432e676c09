import { Injectable } from '@nestjs/common';
import {
  authContract,
  type Account,
  type AuthClient,
  type PagedPackage,
  type Principal,
  type Readable,
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
import type { MinimalRepository } from '../rest/serialisers/minimal-repository';
import { toSimpleUser, type SimpleUser } from '../rest/serialisers/simple-user';
import { WrittenJson } from '../rest/written-json';
import { LinkedRepositories } from './linked-repositories';
import { PackageFormats, typeOf } from './package-formats';

/** What packages of one owner are shown with. */
export interface Surroundings {
  readonly base: string;
  readonly owner: Account;
  readonly shownOwner: WrittenJson<SimpleUser>;
  /** By id. */
  readonly repositories: ReadonlyMap<string, WrittenJson<MinimalRepository>>;
}

/** The repositories that packages are linked to. */
export function linkedOf(packages: readonly PagedPackage[]): string[] {
  return [...new Set(packages.flatMap(({ repositoryId }) => repositoryId ?? []))];
}

/** What a reader of packages sees of them, in GitHub's words. */
@Injectable()
export class PackageViews {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly formats: PackageFormats,
    private readonly publicUrl: PublicUrl,
    private readonly repositories: LinkedRepositories,
  ) {}

  listReadable(principal: Principal, ownerId: string): Promise<Readable> {
    return this.auth.listReadable({ principal, ownerId });
  }

  /** Packages of one owner, with those linked repositories that the reader may see. */
  async describe(
    request: FastifyRequest,
    owner: Account,
    packages: readonly PagedPackage[],
    principal: Principal,
  ): Promise<PackageAnswer[]> {
    return this.write(packages, await this.surround(request, owner, linkedOf(packages), principal));
  }

  /** `linked`: repositories; those that the reader may not see are not in the answer. */
  async surround(
    request: FastifyRequest,
    owner: Account,
    linked: readonly string[],
    principal: Principal,
  ): Promise<Surroundings> {
    const base = this.publicUrl.baseFor(request);
    const repositories = await this.repositories.find(linked, principal, { owner, base });
    return { base, owner, shownOwner: WrittenJson.of(toSimpleUser(owner, base)), repositories };
  }

  async write(
    packages: readonly PagedPackage[],
    { repositories, ...place }: Surroundings,
  ): Promise<PackageAnswer[]> {
    const types = await this.formats.typesOf(packages.map(({ format }) => format));
    return packages.map((one) => {
      const repository = one.repositoryId === null ? null : repositories.get(one.repositoryId);
      const packageType = types.get(one.format) ?? one.format;
      return toPackage(one, repository ?? null, { ...place, packageType });
    });
  }

  async describeVersions(
    request: FastifyRequest,
    { owner, found }: { owner: Account; found: PagedPackage },
    versions: readonly VersionSummary[],
  ): Promise<PackageVersionAnswer[]> {
    const format = await this.formats.find(found.format);
    const packageType = typeOf(format ?? { id: found.format });
    const tagsShownIn = format?.tagsShownIn;
    const base = this.publicUrl.baseFor(request);
    const place = { owner, packageType, base, ...(tagsShownIn !== undefined && { tagsShownIn }) };
    return versions.map((version) => toPackageVersion(version, found, place));
  }
}
