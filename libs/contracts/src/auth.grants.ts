import { z } from 'zod';
import { actor, cursor, id, nothing, packageRole, page, visibility } from './common';
import { operation } from './define-contract';

const grant = z.object({
  packageId: id,
  accountId: id,
  login: z.string(),
  email: z.string().nullable(),
  role: packageRole,
});

const teamGrant = z.object({
  packageId: id,
  teamId: id,
  slug: z.string(),
  name: z.string(),
  role: packageRole,
});

const workflowGrant = z.object({
  packageId: id,
  repositoryId: id,
  /** Of the repository. */
  ownerLogin: z.string(),
  name: z.string(),
  role: packageRole,
});

/** A package as far as giving access to it goes; callers take it from the facts with which they authorised. */
export const sharedPackage = z.object({
  packageId: id,
  ownerId: id,
  visibility,
  inheritsAccess: z.boolean(),
});
export type SharedPackage = z.infer<typeof sharedPackage>;

const changedBy = { actor: actor.nullable().default(null) };
/** Taking a role back is refused too while the package inherits its access. */
const unshared = sharedPackage.pick({ packageId: true, inheritsAccess: true });

/**
 * Access to single packages: of people, of teams, and of the workflows of repositories ("Actions access").
 * While a package inherits its access, grants of people and teams cannot be edited: `forbidden` (spec P-13).
 */
export const grantOperations = {
  listGrants: operation(z.object({ packageId: id }), z.object({ grants: z.array(grant) })),
  listGrantsOfAccount: operation(
    z.object({ accountId: id, cursor, limit: z.number().int().min(1).max(500).default(200) }),
    page(grant),
  ),
  /** Rejects `forbidden` for who is no member while the package is a private or internal one of an organization (spec P-9). */
  setGrant: operation(sharedPackage.extend({ accountId: id, role: packageRole, ...changedBy }), nothing),
  removeGrant: operation(unshared.extend({ accountId: id, ...changedBy }), nothing),

  listTeamGrants: operation(z.object({ packageId: id }), z.object({ grants: z.array(teamGrant) })),
  /** For teams of the organization that owns the package; those of others are `not_found`. */
  setTeamGrant: operation(sharedPackage.extend({ teamId: id, role: packageRole, ...changedBy }), nothing),
  removeTeamGrant: operation(unshared.extend({ teamId: id, ...changedBy }), nothing),

  listWorkflowGrants: operation(z.object({ packageId: id }), z.object({ grants: z.array(workflowGrant) })),
  /** For repositories of the package's owner; counts whether the package inherits its access or not (spec P-24). */
  setWorkflowGrant: operation(
    z.object({ packageId: id, ownerId: id, repositoryId: id, role: packageRole, ...changedBy }),
    nothing,
  ),
  removeWorkflowGrant: operation(z.object({ packageId: id, repositoryId: id, ...changedBy }), nothing),

  /**
   * Inheriting was turned on: grants of people and teams go; turned off: only the actor has one, as admin (spec P-14).
   * `revision` is the package's after that change: an older one than was seen before does nothing. Called at once by
   * whoever turned it; the event `package.access-mode-changed` does the same, should the call be lost.
   */
  replaceGrants: operation(
    z.object({
      packageId: id,
      ownerId: id,
      inheritsAccess: z.boolean(),
      revision: z.number().int(),
      ...changedBy,
    }),
    nothing,
  ),
} as const;
