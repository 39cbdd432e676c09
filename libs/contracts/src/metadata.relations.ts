import { z } from 'zod';
import { actor, cursor, id, properties } from './common';
import { operation } from './define-contract';
import { changed, digest, fileRecord } from './metadata.schemas';

/** A version that another names; `id` is null when the package has no live version of that text. */
export const relatedVersion = z.object({
  id: id.nullable(),
  number: z.number().int().nullable(),
  version: z.string(),
  /** Empty for one that is not there; long texts are left out. */
  properties,
});
export type RelatedVersion = z.infer<typeof relatedVersion>;

const relatedVersions = z.object({ total: z.number().int(), items: z.array(relatedVersion) });

/** What a version says of others, and what others say of it. */
export const relationName = z.enum(['contains', 'containedBy', 'about', 'aboutThis']);
export type RelationName = z.infer<typeof relationName>;

/** How a version stands to others of its package. Only live ones name; what they name may be missing. */
export const versionRelations = z.object({
  versionId: id,
  /** In the order in which the version names them. */
  contains: relatedVersions,
  containedBy: relatedVersions,
  about: relatedVersions,
  /** Newest first. */
  aboutThis: relatedVersions,
});
export type VersionRelations = z.infer<typeof versionRelations>;

/** Most patterns of immutable tags in one package. */
export const MAX_TAG_PATTERNS = 50;
export const tagPatterns = z.array(z.string().trim().min(1).max(256)).max(MAX_TAG_PATTERNS);

/**
 * Versions that are named by a digest of their content, and what they say of each other. A *part* is a
 * version without tags of its own (companion tags are none) that a live version contains, or that is about one or bears a
 * companion tag of one: it shares the life of that version, and lists leave it out.
 */
export const relationOperations = {
  findTagged: operation(
    z.object({ packageId: id, tag: z.string() }),
    z.object({
      version: z
        .object({
          id,
          version: z.string(),
          /** As the version was called when it was pushed to this tag; null: as it is named. */
          digest: digest.nullable(),
        })
        .nullable(),
    }),
  ),
  /** Names in order of their bytes, behind `after` (which need not be one): as many as fit a message, `limit` at most. */
  listTags: operation(
    z.object({
      packageId: id,
      after: z.string().nullable().default(null),
      limit: z.number().int().min(1).max(10_000).default(1000),
      /** Only names with this text in them. */
      matching: z.string().max(256).nullable().default(null),
    }),
    z.object({ items: z.array(z.string()), isEnd: z.boolean() }),
  ),
  /** Which of these contents a live version of a content-addressed package has as a file; what is not there is left out. */
  findContent: operation(
    z.object({ packageId: id, digests: z.array(digest).max(1100) }),
    z.object({ files: z.array(z.object({ digest, file: fileRecord, versionId: id })) }),
  ),
  /**
   * Live versions about `version` (a name as in `about` of `commitVersion`, which the package need not have), newest first.
   * The artifact type is the property `artifactType`; null: of any. Pages fit a message.
   */
  listAbout: operation(
    z.object({
      packageId: id,
      version: z.string().max(512),
      artifactTypes: z.array(z.string().max(512)).max(50).nullable().default(null),
      cursor,
      limit: z.number().int().min(1).max(1000).default(100),
    }),
    z.object({
      items: z.array(
        z.object({
          id,
          version: z.string(),
          properties,
          /** The file that bears the name of the version: its manifest. */
          file: fileRecord.nullable(),
          /** Its fragment of the kind `descriptor`. */
          fragment: z.string().nullable(),
        }),
      ),
      next: z.string().nullable(),
    }),
  ),
  /** In the order of the ids; ids that are no live version are left out. Each list is cut at `limit`. */
  describeRelations: operation(
    z.object({
      packageId: id,
      versionIds: z.array(id).max(100),
      limit: z.number().int().min(0).max(2000).default(100),
    }),
    z.object({ versions: z.array(versionRelations) }),
  ),
  /**
   * Tags that match one of these patterns (`*` stands for any run of characters) stay on the version they are first put
   * on: moving or removing one is `forbidden` with the details `{ tag, immutable: true }`. An empty list lifts that.
   */
  setTagRules: operation(z.object({ packageId: id, immutable: tagPatterns, actor }), changed),
  /** Some of them, whoever changes others at the same moment. Removing one that is not there: `not_found`. */
  changeTagRules: operation(
    z.object({ packageId: id, add: tagPatterns.default([]), remove: tagPatterns.default([]), actor }),
    changed,
  ),
} as const;
