import type { PagedPackage, VersionSummary } from '@packhouse/contracts';
import { z } from 'zod';
import type { WrittenJson } from '../written-json';
import { minimalRepository, type MinimalRepository } from './minimal-repository';
import { accountType, simpleUser, type ShownAccount, type SimpleUser } from './simple-user';

/** GitHub's `package` (spec 4.2). `internal` is told, though GitHub's own schema forgets it (spec P-22). */
export const packageSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    package_type: z.string(),
    owner: simpleUser,
    version_count: z.int(),
    visibility: z.enum(['private', 'public', 'internal']),
    url: z.string(),
    html_url: z.string(),
    repository: minimalRepository.optional(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'package', title: 'Package' });
/** The parts that many packages share come written. */
export type PackageAnswer = Omit<z.infer<typeof packageSchema>, 'owner' | 'repository'> & {
  owner: WrittenJson<SimpleUser>;
  repository?: WrittenJson<MinimalRepository>;
};

/** GitHub's `package-version`. */
export const packageVersionSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    url: z.string(),
    package_html_url: z.string(),
    html_url: z.string(),
    license: z.string().optional(),
    description: z.string().optional(),
    created_at: z.string(),
    updated_at: z.string(),
    deleted_at: z.string().optional(),
    metadata: z
      .object({ package_type: z.string() })
      .catchall(z.record(z.string(), z.array(z.string())))
      .meta({ description: 'Of images also their tags, in an object named after the type.' }),
  })
  .meta({ id: 'package-version', title: 'Package Version' });
export type PackageVersionAnswer = Omit<z.infer<typeof packageVersionSchema>, 'metadata'> & {
  metadata: Readonly<Record<string, unknown>>;
};

/** Where packages are shown: the owner, GitHub's word for the format, and the public URL of the instance. */
export interface PackagePlace {
  readonly owner: ShownAccount;
  readonly packageType: string;
  readonly base: string;
  /** Where `metadata` of a version lists its tags: an object and the list in it, by one name or several. */
  readonly tagsShownIn?: string;
}

/** `repository`: the linked one, null when there is none or the reader may not see it. */
export function toPackage(
  found: PagedPackage,
  repository: WrittenJson<MinimalRepository> | null,
  place: PackagePlace & { shownOwner: WrittenJson<SimpleUser> },
): PackageAnswer {
  const { packageType, shownOwner } = place;
  return {
    id: found.number,
    name: found.apiName,
    package_type: packageType,
    owner: shownOwner,
    version_count: found.versionCount,
    visibility: found.visibility,
    url: apiUrl(found, place),
    html_url: pageUrl(found, place),
    ...(repository && { repository }),
    created_at: found.createdAt,
    updated_at: found.updatedAt,
  };
}

export function toPackageVersion(
  version: VersionSummary,
  found: PagedPackage,
  place: PackagePlace,
): PackageVersionAnswer {
  const { license, description } = version.packageProperties;
  return {
    id: version.number,
    name: version.version,
    url: `${apiUrl(found, place)}/versions/${version.number}`,
    package_html_url: pageUrl(found, place),
    html_url: `${ownerPath(place, place.base)}/packages/${place.packageType}/${encodeURIComponent(found.apiName)}/${version.number}`,
    ...(license !== undefined && { license }),
    ...(description !== undefined && { description }),
    created_at: version.createdAt,
    updated_at: version.updatedAt,
    ...(version.deletedAt !== null && { deleted_at: version.deletedAt }),
    metadata: { package_type: place.packageType, ...shownTags(version, place) },
  };
}

function shownTags({ tags }: VersionSummary, { tagsShownIn }: PackagePlace): object {
  const [object, lists] = tagsShownIn?.split('.') ?? [];
  if (!object || !lists) return {};
  return { [object]: Object.fromEntries(lists.split(',').map((list) => [list, tags])) };
}

function apiUrl({ apiName }: PagedPackage, place: PackagePlace): string {
  const name = encodeURIComponent(apiName);
  return `${ownerPath(place, `${place.base}/api/v3`)}/packages/${place.packageType}/${name}`;
}

function pageUrl({ apiName }: PagedPackage, place: PackagePlace): string {
  const name = encodeURIComponent(apiName);
  return `${ownerPath(place, place.base)}/packages/${place.packageType}/package/${name}`;
}

function ownerPath({ owner }: PackagePlace, root: string): string {
  const kind = accountType(owner) === 'Organization' ? 'orgs' : 'users';
  return `${root}/${kind}/${encodeURIComponent(owner.login)}`;
}
