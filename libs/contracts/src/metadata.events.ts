import { z } from 'zod';
import { id, visibility } from './common';
import { defineEvent } from './define-contract';

const packageRef = z.object({
  packageId: id,
  format: z.string(),
  ownerId: id,
  name: z.string(),
  revision: z.number().int(),
});
const versionRef = packageRef.extend({ versionId: id, version: z.string() });
/** `ownerId`: who had the name when it was retired. */
const retiredRef = packageRef.omit({ revision: true }).extend({ login: z.string() });
/** Why an owner lifted a limit, as the record keeps it; null: nothing was lifted. */
const forcedBecause = z.string().nullable();

/** Nobody named it: it went or came with the version that it belongs to. */
const asPart = z.boolean().default(false);

/** What becomes of packages. Deleted content stays until it is purged: only then does anything let go of its bytes. */
export const metadataEvents = {
  packageCreated: defineEvent(
    'package.created',
    packageRef.extend({
      visibility,
      repositoryId: id.nullable().default(null),
      inheritsAccess: z.boolean().default(false),
    }),
  ),
  versionPublished: defineEvent('package.version-published', versionRef.extend({ size: z.number().int() })),
  versionDeleted: defineEvent('package.version-deleted', versionRef.extend({ forcedBecause, asPart })),
  versionRestored: defineEvent('package.version-restored', versionRef.extend({ asPart })),
  /** Its content is gone for good. */
  versionPurged: defineEvent('package.version-purged', versionRef),
  /** Its number may be published again. */
  versionFreed: defineEvent('package.version-freed', versionRef),
  /** With all its versions: there is no event for each of them. */
  packageDeleted: defineEvent(
    'package.deleted',
    packageRef.extend({ versionCount: z.number().int(), forcedBecause }),
  ),
  packageRestored: defineEvent('package.restored', packageRef.extend({ versionCount: z.number().int() })),
  packagePurged: defineEvent('package.purged', packageRef),
  /** A version that was put aside and will not be published. */
  stagedVersionDropped: defineEvent('package.staged-version-dropped', versionRef),
  /** `tags`: those that moved or went, when the change is of `tags`. */
  packageChanged: defineEvent(
    'package.changed',
    packageRef.extend({ change: z.string(), tags: z.array(z.string()).default([]) }),
  ),
  visibilityChanged: defineEvent('package.visibility-changed', packageRef.extend({ visibility })),
  /** Linked to another repository, or (null) to none any more. */
  repositoryLinked: defineEvent(
    'package.repository-linked',
    packageRef.extend({ repositoryId: id.nullable(), inheritsAccess: z.boolean() }),
  ),
  /** The package began or ceased to inherit the access of its repository. */
  accessModeChanged: defineEvent(
    'package.access-mode-changed',
    packageRef.extend({ repositoryId: id.nullable(), inheritsAccess: z.boolean() }),
  ),
  /** The full name that a package had under this login may not be used by others any more. */
  nameRetired: defineEvent('package.name-retired', retiredRef),
  /** An administrator lets it be used again. */
  nameFreed: defineEvent('package.name-freed', retiredRef),
} as const;
