import { z } from 'zod';
import {
  actor,
  digests,
  id,
  isoTime,
  packageScope,
  properties,
  visibility,
  MEASURE_MS,
  RESERVE_MS,
} from './common';
import { DEFAULT_DEADLINE_MS } from './define-contract';

/** What a gateway says of itself at start; other services read formats from here, never from code. */
export const formatDescriptor = z.object({
  id: z.string(),
  label: z.string(),
  icon: z.string(),
  mount: z.string(),
  /** The `package_type` of GitHub's API that shows these packages. */
  packageType: z.string().optional(),
  /** How a name is written whole, where the API shows only `{name}` of it: `{owner}` is the owner's login. */
  wholeName: z.string().optional(),
  /**
   * Public packages with more downloads than this retire their full name when their owner is renamed or deleted: nobody
   * else may have it. Left out: names of this format are free again.
   */
  retireNamesAbove: z.number().int().nonnegative().optional(),
  /**
   * Where its gateway serves a file: a path below the public URL with places for the owner's login, the package's name
   * (as published, or as the API writes it), the version's number, and the file's name or SHA-256 in hexadecimal. Left
   * out where a file has no address of its own.
   */
  fileUrl: z
    .string()
    .max(300)
    .regex(/^\/(?!\/)(?:[\w\-./:@~]|\{(?:owner|name|apiName|version|file|sha256)\})+$/)
    .optional(),
  /**
   * Where `metadata` of a version in GitHub's API lists its tags: the object and the list in it (`box.labels`), or several
   * names of it (`box.label,labels`). Left out: its tags are not shown there.
   */
  tagsShownIn: z
    .string()
    .max(100)
    .regex(/^[a-z][a-z_]*\.[a-z][a-z_]*(?:,[a-z][a-z_]*)*$/)
    .optional(),
});
export type FormatDescriptor = z.infer<typeof formatDescriptor>;

/** The facts of a package that every read needs. */
export const packageFacts = z.object({
  id,
  /** The id that GitHub's API shows: small, whole, never reused. */
  number: z.number().int(),
  format: z.string(),
  ownerId: id,
  /** As first published. */
  name: z.string(),
  /** As compared; unique within format and owner. */
  nameKey: z.string(),
  visibility,
  scope: packageScope,
  /** The linked repository. */
  repositoryId: id.nullable(),
  /** The access of the linked repository counts, not grants on the package. */
  inheritsAccess: z.boolean(),
  /** Nothing in it was tagged yet and nobody set its link: what is pushed may still link it (see `commitVersion`). */
  linkOpen: z.boolean(),
  /** Grows by one with every change that a reader can see. */
  revision: z.number().int(),
  createdAt: isoTime,
  updatedAt: isoTime,
});
export type PackageFacts = z.infer<typeof packageFacts>;

/** A package as lists for people show it. */
export const packageSummary = packageFacts.extend({
  /** The name in paths of the API, which may lack what the owner implies (a scope). */
  apiName: z.string(),
  versionCount: z.number().int(),
  downloads: z.number().int(),
  /** The version that speaks for the package. */
  latestVersionId: id.nullable(),
  /** Set while it is deleted and can be restored. */
  deletedAt: isoTime.nullable(),
});
export type PackageSummary = z.infer<typeof packageSummary>;

/** A package as pages show it: nothing of it changes without a word of its package key. */
export const pagedPackage = packageSummary.omit({ downloads: true, latestVersionId: true });
export type PagedPackage = z.infer<typeof pagedPackage>;

/** A version as lists for people show it. */
export const versionSummary = z.object({
  id,
  number: z.number().int(),
  packageId: id,
  version: z.string(),
  publisherId: id,
  /** Of the version itself, and what it says of the package: description, license, readme, keywords, links. */
  properties,
  packageProperties: properties,
  /** In order of name; of very many the first. */
  tags: z.array(z.string()),
  /** It belongs to another version, which contains it or which it is about; lists leave it out. */
  isPart: z.boolean(),
  downloads: z.number().int(),
  createdAt: isoTime,
  updatedAt: isoTime,
  deletedAt: isoTime.nullable(),
});
export type VersionSummary = z.infer<typeof versionSummary>;

/** By whom something was downloaded, as far as it is known. */
export const downloader = {
  accountId: id.nullable().default(null),
  tokenId: id.nullable().default(null),
  /** Of a workflow. */
  repositoryId: id.nullable().default(null),
};

/** What a version needs, as its manifest says it. */
export const dependency = z.object({
  name: z.string().max(512),
  /** As its format compares names. */
  nameKey: z.string().max(512),
  requirement: z.string().max(500),
  kind: z.string().max(50),
});
export type Dependency = z.infer<typeof dependency>;

export const fileRecord = z.object({
  name: z.string().max(1024),
  contentType: z.string(),
  size: z.number().int().nonnegative(),
  digests,
});
export type FileRecord = z.infer<typeof fileRecord>;

export const tagRecord = z.object({ name: z.string(), version: z.string(), versionId: id });

/** A version as lists give it. Removed versions stay in the list as tombstones: `removed` with no fragment. */
export const versionRecord = z.object({
  id,
  number: z.number().int(),
  version: z.string(),
  sortKey: z.string(),
  publishedAt: isoTime,
  removed: z.boolean(),
  properties,
  /** The rendered piece of the wanted kind, as its gateway wrote it; null when not asked for or removed. */
  fragment: z.string().nullable(),
});
export type VersionRecord = z.infer<typeof versionRecord>;

export const changed = z.object({ revision: z.number().int(), updatedAt: isoTime });
/** Refuse with `revision_conflict` unless the package is still at this revision; null: any. */
export const expectedRevision = z.number().int().nullable().default(null);

/** A digest with its algorithm before it, as content-addressed formats write them. */
export const digest = z.string().regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);

/** Most versions that one may contain: as many names as a message holds. */
const MAX_CONTAINED = 10_000;
/** Time for what changes that many at once. */
export const LARGE_CHANGE_MS = 15_000;
/** Time for such a change by which something comes back, for which room is measured, reserved and released. */
export const RETURN_MS = LARGE_CHANGE_MS + MEASURE_MS + RESERVE_MS + 2 * DEFAULT_DEADLINE_MS;
const otherVersion = z.string().min(1).max(512);

export const commitVersionRequest = z.object({
  format: z.string(),
  ownerId: id,
  package: z.object({
    name: z.string().max(1024),
    nameKey: z.string().max(1024),
    /** The name in paths of the API, where it differs from `name`. */
    apiName: z.string().max(1024).nullable().default(null),
    /** Login of the owner: with it a new package is refused a retired name. Null: of a request kept by an earlier release. */
    ownerLogin: z.string().max(100).nullable().default(null),
    /**
     * The package that the publish was authorised for; null: a new one. When the name stands for another one by now:
     * `revision_conflict`. Left out: whichever bears the name.
     */
    expectedId: id.nullable().optional(),
    /** These four are used when the package is new, the last two also while its link is open. */
    visibility,
    scope: packageScope.default('owner'),
    repositoryId: id.nullable().default(null),
    inheritsAccess: z.boolean().default(false),
  }),
  /**
   * Equal identities are the same version. A deleted version's stays reserved while it can be restored, a public
   * one's for ever; that holds across packages that bear the same name one after another.
   */
  version: z.object({
    id,
    version: z.string().max(512),
    identity: z.string().max(512),
    sortKey: z.string().max(1024),
  }),
  files: z.array(fileRecord).min(1).max(1100),
  fragments: z.record(z.string(), z.string()),
  properties,
  /** Facts of the package that this version brings (description, readme…): kept when this version gets `headTag`. */
  packageProperties: properties.default({}),
  /** Tags that move to this version. */
  tags: z.array(z.string().max(256)).max(50),
  /**
   * A tag that is also set when the package has none of that name yet; null: none. Content-addressed, one of `tags`: the
   * version speaks for the package, and the tag is never put anywhere else by itself.
   */
  headTag: z.string().nullable().default(null),
  /**
   * Those of `tags` under which clients look for what is said about another version: a version with no other tag belongs
   * to that one, as a part of it. Their names alone say which one it is. Only of content-addressed packages.
   */
  companionTags: z
    .array(z.object({ tag: z.string().max(256), version: z.string().max(512) }))
    .max(50)
    .default([]),
  /** What it needs to be installed; of many the first are kept. */
  dependencies: z.array(dependency).max(1000).default([]),
  /** The identity is a digest of the content: whoever publishes it again publishes the same. All versions of a package, or none. */
  contentAddressed: z.boolean().default(false),
  /**
   * Other versions of the package, by their text, that belong to it and cannot go before it does; only of content-addressed
   * ones. Where that is the SHA-256 of their content, its SHA-512 names them too (`sha512:…`), also before they come; in
   * `about` and `companionTags` as well.
   */
  contains: z.array(otherVersion).max(MAX_CONTAINED).default([]),
  /** Those that it belongs to and goes with. */
  about: z.array(otherVersion).max(10).default([]),
  /** What its `tags` tell that it is called: its digest by another algorithm than that of its name. Content-addressed only. */
  tagDigest: digest.nullable().default(null),
  /** It may contain versions that are not there. What it is about may always be missing. */
  allowMissingContained: z.boolean().default(false),
  actor,
});
export type CommitVersionRequest = z.input<typeof commitVersionRequest>;

/** A version that waits for somebody's approval: nothing of it is visible to readers. */
export const stagedVersion = z.object({
  /** Also the version's id once it is published. */
  id,
  format: z.string(),
  ownerId: id,
  packageName: z.string(),
  version: z.string(),
  tags: z.array(z.string()),
  files: z.array(fileRecord),
  stagedBy: actor,
  stagedAt: isoTime,
});
export type StagedVersion = z.infer<typeof stagedVersion>;
