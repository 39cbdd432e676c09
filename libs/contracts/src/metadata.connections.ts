import { z } from 'zod';
import { readable } from './auth.schemas';
import { id, isoTime } from './common';
import { operation } from './define-contract';
import { relationName } from './metadata.relations';
import { fileRecord, packageFacts } from './metadata.schemas';

/** Most parents, and most rows of all parents together, that one question may ask for: what fits a message. */
export const MAX_LISTED_PARENTS = 100;
export const MAX_LISTED_ROWS = 300;

/** A part of an ordered list, between two positions that are not part of it themselves. */
const slice = <T extends z.ZodType>(position: T) =>
  z.object({
    descending: z.boolean(),
    /** Only what comes after this in the wanted order. */
    after: position.nullable().default(null),
    /** Only what comes before this in the wanted order. */
    before: position.nullable().default(null),
    limit: z.number().int().min(1).max(100),
  });

const listsOf = <T extends z.ZodType>(item: T) =>
  z.object({ lists: z.array(z.object({ parentId: id, items: z.array(item), isMore: z.boolean() })) });

export const packagePosition = z.object({ createdAt: isoTime, number: z.number().int() });
/** The revision at which a version was published: unique in its package. */
export const versionPosition = z.number().int().nonnegative();
export const filePosition = z.string().max(1024);
export const tagPosition = z.string().max(256);
/** In the order in which the version names others, or the revision at which others that name it were published. */
export const relationPosition = z.number().int().nonnegative();

const packageParents = z.object({
  kind: z.enum(['owner', 'repository']),
  ids: z.array(id).min(1).max(MAX_LISTED_PARENTS),
});
const packageFilter = z.object({
  /** Of any of these; null: every format. */
  formats: z.array(z.string().max(100)).max(50).nullable().default(null),
  /** Any of these, as shown, as published or as compared; null: every name. */
  names: z.array(z.string().max(1024)).max(100).nullable().default(null),
  repositoryId: id.nullable().default(null),
});

/** A package with the name that the management APIs show. */
export const listedPackage = packageFacts.extend({ apiName: z.string() });
export type ListedPackage = z.infer<typeof listedPackage>;

/** A visible version and the package that it belongs to. */
export const listedVersion = z.object({
  id,
  number: z.number().int(),
  packageId: id,
  version: z.string(),
  platform: z.string().nullable(),
  /** Its gateway said so, by the property `prerelease`. */
  preRelease: z.boolean(),
  /** It belongs to another version: see `relationOperations`. */
  isPart: z.boolean(),
  publishedAt: isoTime,
  publishedRevision: versionPosition,
});
export type ListedVersion = z.infer<typeof listedVersion>;

/** A version at the other end of a relation; `id` is null when the package has no live version of that text. */
export const listedRelated = z.object({
  id: id.nullable(),
  version: z.string(),
  position: relationPosition,
});
export type ListedRelated = z.infer<typeof listedRelated>;

export const listedFile = fileRecord.extend({ id, versionId: id, packageId: id, createdAt: isoTime });
export type ListedFile = z.infer<typeof listedFile>;

/** A tag has no id: it is this name of this package, whichever version it points to. */
export const tagName = z.object({ packageId: id, name: z.string().max(256) });
export const listedTag = tagName.extend({ versionId: id });
export type ListedTag = z.infer<typeof listedTag>;

const counts = z.object({ counts: z.array(z.object({ parentId: id, total: z.number().int() })) });
const ids = z.array(id).min(1).max(MAX_LISTED_PARENTS);

/**
 * Lists of many parents at once: what a client that walks a graph asks for. All of them show visible versions of
 * existing packages only; what the caller may read is a condition of the question.
 */
export const connectionOperations = {
  listPackagesOfParents: operation(
    z.object({ parents: packageParents, filter: packageFilter, readable, slice: slice(packagePosition) }),
    listsOf(listedPackage),
  ),
  countPackagesOfParents: operation(
    z.object({ parents: packageParents, filter: packageFilter, readable }),
    counts,
  ),
  getReadablePackages: operation(
    z.object({ ids, readable }),
    z.object({ packages: z.array(listedPackage.extend({ versionCount: z.number().int() })) }),
  ),
  listVersionsOfPackages: operation(
    z.object({ packageIds: ids, slice: slice(versionPosition) }),
    listsOf(listedVersion),
  ),
  listFilesOfVersions: operation(
    z.object({ versionIds: ids, slice: slice(filePosition) }),
    listsOf(listedFile),
  ),
  countFilesOfVersions: operation(z.object({ versionIds: ids }), counts),
  listTagsOfVersions: operation(z.object({ versionIds: ids, slice: slice(tagPosition) }), listsOf(listedTag)),
  countTagsOfVersions: operation(z.object({ versionIds: ids }), counts),
  /** What the versions contain or are about, or what contains them or is about them. */
  listRelatedOfVersions: operation(
    z.object({ versionIds: ids, relation: relationName, slice: slice(relationPosition) }),
    listsOf(listedRelated),
  ),
  countRelatedOfVersions: operation(z.object({ versionIds: ids, relation: relationName }), counts),
  getListedTags: operation(
    z.object({ wanted: z.array(tagName).min(1).max(MAX_LISTED_PARENTS) }),
    z.object({ tags: z.array(listedTag) }),
  ),
  getListedVersions: operation(z.object({ ids }), z.object({ versions: z.array(listedVersion) })),
  getListedFiles: operation(z.object({ ids }), z.object({ files: z.array(listedFile) })),
  /** The version that speaks for each package: that of its head tag, or the highest. */
  findHeadVersions: operation(z.object({ packageIds: ids }), z.object({ versions: z.array(listedVersion) })),
  findVersionsByText: operation(
    z.object({
      wanted: z
        .array(z.object({ packageId: id, version: z.string().max(512) }))
        .min(1)
        .max(MAX_LISTED_PARENTS),
    }),
    z.object({ versions: z.array(listedVersion) }),
  ),
  /** A text that versions brought (readme, description); as many of the versions as fit, in the order asked for. */
  getVersionTexts: operation(
    z.object({ versionIds: ids, property: z.string().max(100) }),
    z.object({ texts: z.array(z.object({ versionId: id, text: z.string().nullable() })) }),
  ),
  /** All downloads ever, of packages or of versions. */
  sumDownloads: operation(
    z.object({
      packageIds: z.array(id).max(MAX_LISTED_PARENTS),
      versionIds: z.array(id).max(MAX_LISTED_PARENTS),
    }),
    z.object({ totals: z.array(z.object({ id, total: z.number().int() })) }),
  ),
} as const;
