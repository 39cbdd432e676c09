import { z } from 'zod';
import { repositoryRole } from './auth.repository-roles';
import { accountKind, principal } from './auth.schemas';
import { actor, cursor, id, isoTime, nothing, page, visibility } from './common';
import { operation } from './define-contract';
import { slice, sliceOf } from './slices';

export const repository = z.object({
  id,
  /** The id that GitHub's API shows. */
  number: z.number().int(),
  ownerId: id,
  ownerLogin: z.string(),
  ownerKind: accountKind,
  name: z.string(),
  description: z.string().nullable(),
  visibility,
  createdAt: isoTime,
  updatedAt: isoTime,
});
export type Repository = z.infer<typeof repository>;

const description = z.string().max(1000);

/** What packages are linked to. */
export const repositoryOperations = {
  /**
   * Rejects `forbidden` where the organization lets only its owners have such repositories: also when one is changed or
   * moved. A member who makes one administers it. `actor: null` is the product itself.
   */
  createRepository: operation(
    z.object({
      ownerId: id,
      name: z.string(),
      visibility: visibility.default('private'),
      description: description.nullable().default(null),
      /** A team of the organization that gets the role `write`. */
      teamId: id.nullable().default(null),
      actor: actor.nullable().default(null),
    }),
    z.object({ repository }),
  ),
  findRepository: operation(
    z.object({ ownerLogin: z.string(), name: z.string() }),
    z.object({ repository: repository.nullable() }),
  ),
  /** Ids that are nobody's are left out. */
  getRepositories: operation(
    z.object({ ids: z.array(id).max(500) }),
    z.object({ repositories: z.array(repository) }),
  ),
  /** Those of them that the caller may know of: who may read what is linked to a repository may see it. */
  filterReadableRepositories: operation(
    z.object({ principal, ids: z.array(id).max(500) }),
    z.object({ ids: z.array(id) }),
  ),
  listRepositories: operation(
    z.object({ ownerId: id, cursor, limit: z.number().int().min(1).max(100).default(50) }),
    page(repository),
  ),
  /** Repositories that an account may see (null: public ones), with its role. */
  listVisibleRepositories: operation(
    z.object({
      accountId: id.nullable(),
      /** A site administrator sees all, as admin. */
      everything: z.boolean().default(false),
      ownerId: id.nullable().default(null),
      /** Without `ownerId`: of what the account has to do with, not everything public. */
      affiliations: z
        .array(z.enum(['owner', 'collaborator', 'organization_member']))
        .nullable()
        .default(null),
      visibility: visibility.nullable().default(null),
      sort: z.enum(['name', 'created', 'updated']).default('name'),
      descending: z.boolean().default(false),
      ...slice,
    }),
    sliceOf(repository.extend({ role: repositoryRole })),
  ),
  /** What is not given stays. Rejects `name_taken`; `invalid_request` for `internal` at a user. */
  updateRepository: operation(
    z.object({
      repositoryId: id,
      name: z.string().optional(),
      description: description.nullable().optional(),
      visibility: visibility.optional(),
      actor,
    }),
    z.object({ repository }),
  ),
  deleteRepository: operation(z.object({ repositoryId: id, actor }), nothing),
  /**
   * To another owner. Roles of teams end, collaborators stay; `internal` becomes `private` at a user. Packages of the old
   * owner are no longer linked (spec P-29), which their service does on the event.
   */
  transferRepository: operation(
    z.object({
      repositoryId: id,
      newOwnerId: id,
      newName: z.string().nullable().default(null),
      /** Teams of the new organization that get the role `read`. */
      teamIds: z.array(id).max(100).default([]),
      actor,
    }),
    z.object({ repository }),
  ),
} as const;
