import { z } from 'zod';
import { account } from './auth.schemas';
import { actor, cursor, id, nothing, page } from './common';
import { operation } from './define-contract';

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
  /** Rejects `forbidden` for the last owner. */
  removeMember: operation(
    z.object({ organizationId: id, accountId: id, actor: actor.nullable().default(null) }),
    nothing,
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
