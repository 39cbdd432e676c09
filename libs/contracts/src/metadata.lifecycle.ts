import { z } from 'zod';
import { actor, id, nothing, visibility } from './common';
import { operation } from './define-contract';
import {
  changed,
  expectedRevision,
  fileRecord,
  packageSummary,
  LARGE_CHANGE_MS,
  RETURN_MS,
} from './metadata.schemas';

/** Lifts the limit on downloads, which protects those who depend on a public package; the reason is recorded. */
const force = z
  .object({ reason: z.string().trim().min(1).max(500) })
  .nullable()
  .default(null);

/** Changes of what there is of a package and of who sees it. */
export const lifecycleOperations = {
  /**
   * Deletes versions; they can be restored until they are purged, and their numbers stay reserved. Tags on them go,
   * `headTag` moves to the highest remaining by sort key. Parts that belong to nothing else live go with them. Rejects
   * `invalid_request` for the last version, and for a public one with more downloads than the setting allows; `in_use`
   * with the details `{ version, containedBy: string[] }` for one that a live version outside the request contains.
   */
  removeVersions: operation(
    z.object({
      packageId: id,
      versionIds: z.array(id).min(1).max(1000),
      expectedRevision,
      headTag: z.string().nullable().default(null),
      /** Parts are not deleted by themselves: `in_use`, whose details name as `about` also what they are about. */
      keepParts: z.boolean().default(false),
      /** The last version may go; the package stays, with nothing in it. */
      allowEmpty: z.boolean().default(false),
      force,
      actor,
    }),
    changed,
    { deadlineMs: LARGE_CHANGE_MS },
  ),
  /** Deletes the package with all its versions; it can be restored until it is purged. Its name may be published again. */
  removePackage: operation(z.object({ packageId: id, expectedRevision, force, actor }), nothing),
  /** Brings back a deleted version with its tags that are free and the parts that went with it. Rejects `not_found` once its time is up. */
  restoreVersion: operation(z.object({ packageId: id, versionId: id, actor }), changed, {
    deadlineMs: RETURN_MS,
  }),
  /**
   * Brings back a deleted package. Rejects `not_found` once its time is up, `name_taken` while another has its name,
   * `forbidden` when the name is retired under the owner's login.
   */
  restorePackage: operation(
    z.object({ packageId: id, ownerLogin: z.string().max(100), actor }),
    z.object({ package: packageSummary }),
    { deadlineMs: RETURN_MS },
  ),
  /**
   * Lets the number of a deleted version be published again: for administrators. Purges what is left of it. `name` as
   * the API writes it: the package may be gone. Rejects `not_found` when nothing reserves the number, `invalid_request`
   * while the whole package can be restored.
   */
  freeVersion: operation(
    z.object({
      ownerId: id,
      format: z.string().max(40),
      name: z.string().max(1024),
      version: z.string().max(512),
      actor,
    }),
    nothing,
  ),

  /** Public is for ever. Whether the owner has what `internal` needs is the caller's to check. */
  setVisibility: operation(z.object({ packageId: id, visibility, actor }), changed),
  /** Links to a repository of the same owner, which the caller has checked; null unlinks. Access is not inherited. */
  linkRepository: operation(
    z.object({ packageId: id, repositoryId: id.nullable(), actor }),
    changed.extend({ package: packageSummary }),
  ),
  /** Whether the linked repository's access counts instead of grants on the package. */
  setInheritance: operation(
    z.object({ packageId: id, inheritsAccess: z.boolean(), actor }),
    changed.extend({ package: packageSummary }),
  ),

  /** The files of a version, a deleted one included until it is purged. */
  listFiles: operation(z.object({ versionId: id }), z.object({ files: z.array(fileRecord) })),
} as const;
