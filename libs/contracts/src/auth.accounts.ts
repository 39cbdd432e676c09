import { z } from 'zod';
import { account } from './auth.schemas';
import { actor, cursor, id, nothing, page } from './common';
import { operation } from './define-contract';
import { slice, sliceOf } from './slices';

/** Who goes may leave tens of thousands of grants and repositories behind, all in one change. */
const DEPARTURE_MS = 60_000;

const member = z.object({ accountId: id, login: z.string(), role: z.enum(['owner', 'member']) });

/** Users, organizations and who belongs to them. */
export const accountOperations = {
  findAccount: operation(z.object({ login: z.string() }), z.object({ account: account.nullable() })),
  getAccounts: operation(z.object({ ids: z.array(id).max(500) }), z.object({ accounts: z.array(account) })),
  listAccounts: operation(
    z.object({
      kind: z.enum(['user', 'organization']).nullable().default(null),
      cursor,
      limit: z.number().int().min(1).max(100).default(50),
    }),
    page(account),
  ),
  /** Rejects `name_taken`, and `invalid_request` for a login that cannot be one. */
  createUser: operation(
    z.object({
      login: z.string(),
      password: z.string().min(8).max(1000).nullable().default(null),
      email: z.string().max(300).nullable().default(null),
      displayName: z.string().max(200).nullable().default(null),
      siteAdmin: z.boolean().default(false),
      actor: actor.nullable().default(null),
    }),
    z.object({ account }),
  ),
  createOrganization: operation(
    z.object({
      login: z.string(),
      displayName: z.string().max(200).nullable().default(null),
      ownerAccountId: id,
      actor: actor.nullable().default(null),
    }),
    z.object({ account }),
  ),
  updateAccount: operation(
    z.object({
      accountId: id,
      displayName: z.string().max(200).nullable().optional(),
      email: z.string().max(300).nullable().optional(),
      profile: z.record(z.string(), z.string().max(500)).optional(),
      actor,
    }),
    z.object({ account }),
  ),
  /** In the order in which they were made, after the one of this number. */
  listAccountsByNumber: operation(
    z.object({
      kind: z.enum(['user', 'organization']).nullable().default(null),
      after: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
      limit: z.number().int().min(1).max(100).default(30),
    }),
    z.object({ items: z.array(account) }),
  ),
  /** The old login is free for others at once; what belongs to the account follows its id. Rejects `name_taken`. */
  renameAccount: operation(z.object({ accountId: id, login: z.string(), actor }), z.object({ account })),
  /**
   * With everything that belongs to it; packages are removed by their service on the event (spec P-31). Rejects
   * `forbidden` for the last site administrator and for the last owner of an organization.
   */
  deleteAccount: operation(z.object({ accountId: id, actor }), nothing, { deadlineMs: DEPARTURE_MS }),
  /** Rejects `forbidden` for the last site administrator. */
  setSiteAdministrator: operation(z.object({ accountId: id, siteAdmin: z.boolean(), actor }), nothing),
  /**
   * Shuts a user out, or lets it in again: password, tokens, sessions, and the workflows of its repositories and those
   * whose token it made, on every replica when this answers. What it owns stays. Rejects `forbidden` for the last site
   * administrator.
   */
  setSuspended: operation(
    z.object({
      accountId: id,
      suspended: z.boolean(),
      /** For the record. */
      reason: z.string().trim().max(500).nullable().default(null),
      actor,
    }),
    nothing,
  ),
  /** Rejects `credentials_invalid` when the old password is wrong. */
  changePassword: operation(
    z.object({
      accountId: id,
      oldPassword: z.string().max(1000),
      newPassword: z.string().min(8).max(1000),
      actor,
    }),
    nothing,
  ),

  setMember: operation(
    z.object({
      organizationId: id,
      accountId: id,
      role: z.enum(['owner', 'member']),
      actor: actor.nullable().default(null),
    }),
    nothing,
  ),
  /**
   * Ends what came with the membership: teams, grants on the organization's packages, roles on its repositories.
   * `keepAsOutsideCollaborator` keeps the roles on repositories, those of its teams included.
   * Rejects `forbidden` for the last owner.
   */
  removeMember: operation(
    z.object({
      organizationId: id,
      accountId: id,
      keepAsOutsideCollaborator: z.boolean().default(false),
      actor: actor.nullable().default(null),
    }),
    nothing,
    { deadlineMs: DEPARTURE_MS },
  ),
  listMembersByPage: operation(
    z.object({ organizationId: id, role: z.enum(['owner', 'member']).nullable().default(null), ...slice }),
    sliceOf(member),
  ),
  /** `sharedWith`: only those of which this account is a member too. */
  listOrganizationsOfAccount: operation(
    z.object({ accountId: id, sharedWith: id.nullable().default(null), ...slice }),
    sliceOf(account.extend({ role: z.enum(['owner', 'member']) })),
  ),
  listMembers: operation(
    z.object({ organizationId: id, cursor, limit: z.number().int().min(1).max(500).default(100) }),
    page(member),
  ),
  findMembership: operation(
    z.object({ organizationId: id, accountId: id }),
    z.object({ role: z.enum(['owner', 'member']).nullable() }),
  ),
} as const;
