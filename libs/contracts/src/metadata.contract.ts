import { z } from 'zod';
import { readable } from './auth.schemas';
import { actor, cursor, id, isoTime, nothing, page, properties } from './common';
import { defineContract, operation, type Client } from './define-contract';
import { maintenanceOperations } from './maintenance';
import { connectionOperations } from './metadata.connections';
import { impactOperations } from './metadata.impact';
import { lifecycleOperations } from './metadata.lifecycle';
import { packageListOperations } from './metadata.lists';
import { relationOperations } from './metadata.relations';
import { packageNameOperations } from './metadata.names';
import { retiredNameOperations } from './metadata.retired-names';
import { storageOperations } from './metadata.storage';
import {
  formatDescriptor,
  packageFacts,
  fileRecord,
  tagRecord,
  versionRecord,
  changed,
  expectedRevision,
  commitVersionRequest,
  stagedVersion,
  LARGE_CHANGE_MS,
  RETURN_MS,
  downloader,
} from './metadata.schemas';

export const metadataContract = defineContract('metadata', {
  ...connectionOperations,
  announceFormat: operation(formatDescriptor, nothing),
  listFormats: operation(nothing, z.object({ formats: z.array(formatDescriptor) })),

  findPackage: operation(
    z.object({ format: z.string(), ownerId: id, nameKey: z.string() }),
    z.object({ package: packageFacts.nullable() }),
  ),
  getPackages: operation(
    z.object({ ids: z.array(id).max(500) }),
    z.object({ packages: z.array(packageFacts) }),
  ),
  listPackages: operation(
    z.object({
      ownerId: id,
      format: z.string().nullable().default(null),
      cursor,
      limit: z.number().int().min(1).max(500).default(100),
    }),
    page(packageFacts),
  ),
  /** Everything a document needs besides its versions; of very many tags (content-addressed packages) the first 1,000. */
  describePackage: operation(
    z.object({ packageId: id }),
    z.object({
      package: packageFacts,
      tags: z.array(tagRecord),
      properties,
      stars: z.array(id),
      versionCount: z.number().int(),
      /** Patterns of the tags that stay where they are. */
      immutableTags: z.array(z.string()),
    }),
  ),
  /**
   * Versions in order of publication, tombstones included, in pages that fit a message.
   * `afterRevision` gives only what changed since: how a document is brought up to date at the cost of the change.
   */
  listVersions: operation(
    z.object({
      packageId: id,
      fragmentKind: z.string().nullable().default(null),
      afterRevision: z.number().int().nullable().default(null),
      cursor,
    }),
    z.object({ revision: z.number().int(), items: z.array(versionRecord), next: z.string().nullable() }),
  ),
  findVersion: operation(
    z.object({ packageId: id, version: z.string(), fragmentKind: z.string().nullable().default(null) }),
    z.object({ version: versionRecord.nullable(), files: z.array(fileRecord) }),
  ),
  findFile: operation(
    z.object({ packageId: id, name: z.string() }),
    z.object({ file: fileRecord.extend({ versionId: id, version: z.string() }).nullable() }),
  ),

  /**
   * Makes a version visible in one transaction with its files, tags, fragments and events.
   * The same identity with the same file digests: `unchanged`. Other digests, or a removed version: rejects `version_exists`.
   * Content-addressed, the same identity is the same version: `unchanged` still moves the tags, and a removed one is
   * `restored` under its former id with what went with it; `quota_exceeded` when its owner has no room for that. Contained versions that are missing: rejects `invalid_package`
   * with the details `{ missing: string[] }`. An immutable tag that would move: `forbidden`, `{ tag, immutable: true }`.
   * While nothing in such a package was tagged, and nobody set its link, it is linked to the `repositoryId` of what is
   * published: by an untagged version if it has no link yet, and by the first one with a head tag in any case.
   */
  commitVersion: operation(
    commitVersionRequest,
    z.discriminatedUnion('outcome', [
      z.object({
        outcome: z.literal('created'),
        packageCreated: z.boolean(),
        /** It was deleted and is back: its id is that of then, not the one of the request. */
        restored: z.boolean(),
        package: packageFacts,
        versionId: id,
      }),
      z.object({ outcome: z.literal('unchanged'), package: packageFacts, versionId: id }),
    ]),
    // Not the time that room for a version that comes back may take: every push would wait as long for a process that died.
    { deadlineMs: LARGE_CHANGE_MS },
  ),
  /**
   * Puts a whole version aside until it is approved; its id keeps its content alive in the ledger like a published one's.
   * Rejects `version_exists` when the identity is already published. The same identity may be staged more than once.
   */
  stageVersion: operation(commitVersionRequest, z.object({ staged: stagedVersion })),
  findStagedVersion: operation(z.object({ stagedId: id }), z.object({ staged: stagedVersion.nullable() })),
  /** Newest first; of these owners only. */
  listStagedVersions: operation(
    z.object({
      format: z.string(),
      ownerIds: z.array(id).max(500),
      packageName: z.string().nullable().default(null),
      offset: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(100).default(20),
    }),
    z.object({ total: z.number().int(), items: z.array(stagedVersion) }),
  ),
  /** Publishes it: the same outcomes as `commitVersion`, and it is no longer staged. Unknown: `not_found`. */
  approveStagedVersion: operation(
    z.object({ stagedId: id, actor }),
    z.object({ package: packageFacts, packageCreated: z.boolean(), versionId: id }),
    { deadlineMs: RETURN_MS },
  ),
  /** Drops it; its content is released by the event `package.staged-version-dropped`. */
  rejectStagedVersion: operation(z.object({ stagedId: id, actor }), nothing),
  /** Changes properties and fragments of versions; a property set to null goes away. */
  updateVersions: operation(
    z.object({
      packageId: id,
      expectedRevision,
      versions: z
        .array(
          z.object({
            id,
            properties: z.record(z.string(), z.string().nullable()),
            fragments: z.record(z.string(), z.string()),
          }),
        )
        .min(1)
        .max(1000),
      actor,
    }),
    changed,
  ),
  /** Rejects `not_found` when the version is not there. */
  moveTag: operation(
    z.object({ packageId: id, tag: z.string().max(256), version: z.string(), actor }),
    changed,
  ),
  removeTag: operation(z.object({ packageId: id, tag: z.string(), actor }), changed),
  setPackageProperties: operation(
    z.object({
      packageId: id,
      expectedRevision,
      properties: z.record(z.string(), z.string().nullable()),
      actor,
    }),
    changed,
  ),
  setStar: operation(z.object({ packageId: id, starred: z.boolean(), actor }), changed),
  listStarred: operation(
    z.object({ accountId: id, cursor, limit: z.number().int().min(1).max(500).default(200) }),
    page(packageFacts),
  ),

  /** Packages that match, best first, only those that are public or named readable. `total` counts the same set. */
  searchPackages: operation(
    z.object({
      format: z.string().nullable().default(null),
      text: z.string().max(500).default(''),
      ownerIds: z.array(id).max(100).nullable().default(null),
      /** Every one of these groups must match; within a group any word may. Compared with the `keywords` property, a JSON list. */
      keywords: z.array(z.array(z.string())).max(20).default([]),
      readable,
      offset: z.number().int().min(0).max(10_000).default(0),
      limit: z.number().int().min(0).max(250).default(20),
    }),
    z.object({
      total: z.number().int(),
      items: z.array(
        z.object({
          package: packageFacts,
          properties,
          latest: z.object({ version: z.string(), publishedAt: isoTime, properties }).nullable(),
          score: z.number(),
        }),
      ),
    }),
  ),

  /** Adds to the download counts; safe to repeat with the same batch id. */
  recordDownloads: operation(
    z.object({
      batchId: id,
      items: z
        .array(
          z.object({
            packageId: id,
            versionId: id,
            day: z.iso.date(),
            count: z.number().int().positive(),
            ...downloader,
          }),
        )
        .max(2000),
    }),
    nothing,
  ),
  countDownloads: operation(
    z.object({ packageId: id, from: z.iso.date(), to: z.iso.date() }),
    z.object({
      total: z.number().int(),
      days: z.array(z.object({ day: z.iso.date(), count: z.number().int() })),
    }),
  ),

  ...maintenanceOperations,
  ...impactOperations,
  ...lifecycleOperations,
  ...packageListOperations,
  ...packageNameOperations,
  ...relationOperations,
  ...retiredNameOperations,
  ...storageOperations,

  /** Which of these versions exist (visible, deleted or staged) and still need their content; the ledger asks before it lets content go. */
  findLiveVersions: operation(
    z.object({ versionIds: z.array(id).max(1000) }),
    z.object({ versionIds: z.array(id) }),
  ),
});

export type MetadataClient = Client<typeof metadataContract>;
