import { z } from 'zod';
import {
  credential,
  tokenScope,
  principal,
  packageAction,
  accessSubject,
  decision,
  account,
  tokenInfo,
} from './auth.schemas';
import { actor, cursor, id, isoTime, nothing, packageRole, page, visibility } from './common';
import { defineContract, defineEvent, operation, type Client } from './define-contract';

const member = z.object({ accountId: id, login: z.string(), role: z.enum(['owner', 'member']) });
const grant = z.object({
  packageId: id,
  accountId: id,
  login: z.string(),
  email: z.string().nullable(),
  role: packageRole,
});
const repository = z.object({
  id,
  ownerId: id,
  ownerLogin: z.string(),
  name: z.string(),
  visibility,
  createdAt: isoTime,
});
const createdToken = z.object({ token: z.string(), info: tokenInfo });
const newToken = z.object({
  accountId: id,
  name: z.string().min(1).max(200),
  scopes: z.array(tokenScope),
  /** Null: never. */
  expiresAt: isoTime.nullable().default(null),
});

export const authContract = defineContract('auth', {
  /** Rejects `credentials_invalid` for an unknown, expired or revoked credential; password guessing is slowed (`rate_limited`). */
  authenticate: operation(z.object({ credential }), z.object({ principal })),
  /** THE permission decision. `principal: null` is an anonymous caller. */
  decide: operation(
    z.object({ principal: principal.nullable(), action: packageAction, subject: accessSubject }),
    decision,
  ),
  /** Checks a one-time password or recovery code (used once); rejects `otp_required` when it is wrong. */
  verifyOtp: operation(z.object({ accountId: id, otp: z.string().max(100) }), nothing),
  /** What the caller may read besides public packages: everything of these owners, and these packages. */
  listReadable: operation(
    z.object({ principal: principal.nullable() }),
    z.object({ ownerIds: z.array(id), packageIds: z.array(id) }),
  ),

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
    }),
    z.object({ account }),
  ),
  /** Rejects `credentials_invalid` when the old password is wrong. */
  changePassword: operation(
    z.object({ accountId: id, oldPassword: z.string().max(1000), newPassword: z.string().min(8).max(1000) }),
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

  createRepository: operation(
    z.object({
      ownerId: id,
      name: z.string(),
      visibility: visibility.default('private'),
      actor: actor.nullable().default(null),
    }),
    z.object({ repository }),
  ),
  findRepository: operation(
    z.object({ ownerLogin: z.string(), name: z.string() }),
    z.object({ repository: repository.nullable() }),
  ),
  listRepositories: operation(
    z.object({ ownerId: id, cursor, limit: z.number().int().min(1).max(100).default(50) }),
    page(repository),
  ),

  createToken: operation(newToken, createdToken),
  listTokens: operation(
    z.object({ accountId: id, cursor, limit: z.number().int().min(1).max(100).default(50) }),
    page(tokenInfo),
  ),
  /** By id or by the hash of its text; effective on every replica when this answers. Unknown or foreign: `not_found`. */
  revokeToken: operation(
    z.object({ accountId: id, tokenId: id.optional(), hash: z.string().optional() }),
    nothing,
  ),

  /** Password (or access token in its place) and one-time password where asked; rejects `credentials_invalid`, `otp_required`. */
  signIn: operation(
    z.object({
      login: z.string().max(200),
      password: z.string().max(1000),
      otp: z.string().max(100).nullable().default(null),
      address: z.string().optional(),
    }),
    z.object({ principal }),
  ),
  /** Begins a sign-in that is approved in a browser (login) or a one-time password given there (otp). Secrets are single-use, ten minutes. */
  startWebLogin: operation(
    z.object({
      purpose: z.enum(['login', 'otp']),
      accountId: id.nullable().default(null),
      address: z.string(),
      userAgent: z.string().max(500),
    }),
    z.object({ loginId: z.string(), pollSecret: z.string() }),
  ),
  /** What the approval page shows. */
  describeWebLogin: operation(
    z.object({ loginId: z.string() }),
    z.object({
      purpose: z.enum(['login', 'otp']),
      login: z.string().nullable(),
      address: z.string(),
      userAgent: z.string(),
      state: z.enum(['pending', 'approved', 'denied']),
      confirmCode: z.string(),
      createdAt: isoTime,
    }),
  ),
  /** A person signs in on the page and approves or denies. */
  answerWebLogin: operation(
    z.object({
      loginId: z.string(),
      approve: z.boolean(),
      login: z.string().max(200),
      password: z.string().max(1000),
      otp: z.string().max(100).nullable().default(null),
      address: z.string().optional(),
    }),
    nothing,
  ),
  /** Once approved, gives the token (purpose login) or a one-time code (purpose otp) a single time; unknown or used: `not_found`; denied: `forbidden`. */
  pollWebLogin: operation(
    z.object({ pollSecret: z.string() }),
    z.discriminatedUnion('state', [
      z.object({ state: z.literal('pending') }),
      z.object({ state: z.literal('done'), token: z.string() }),
    ]),
  ),

  /** Begins two-factor set-up: the otpauth URL to scan; takes effect after `confirmTwoFactor`. */
  startTwoFactor: operation(
    z.object({ accountId: id, password: z.string().max(1000), mode: z.enum(['auth', 'writes']) }),
    z.object({ otpauthUrl: z.string() }),
  ),
  confirmTwoFactor: operation(
    z.object({ accountId: id, otp: z.string().max(100) }),
    z.object({ recoveryCodes: z.array(z.string()) }),
  ),
  disableTwoFactor: operation(
    z.object({ accountId: id, password: z.string().max(1000), otp: z.string().max(100) }),
    nothing,
  ),

  listGrants: operation(z.object({ packageId: id }), z.object({ grants: z.array(grant) })),
  listGrantsOfAccount: operation(
    z.object({ accountId: id, cursor, limit: z.number().int().min(1).max(500).default(200) }),
    page(grant),
  ),
  setGrant: operation(
    z.object({ packageId: id, accountId: id, role: packageRole, actor: actor.nullable().default(null) }),
    nothing,
  ),
  /**
   * Keeps a secret that all replicas of a service share (a signing key): stores `candidate` when there is none of that
   * name yet, and gives the stored one. Not reachable from outside.
   */
  keepSecret: operation(
    z.object({ name: z.string().max(100), candidate: z.string().max(20_000) }),
    z.object({ value: z.string() }),
  ),

  removeGrant: operation(
    z.object({ packageId: id, accountId: id, actor: actor.nullable().default(null) }),
    nothing,
  ),
});

export type AuthClient = Client<typeof authContract>;

const accountRef = z.object({ accountId: id, login: z.string() });

export const authEvents = {
  accountCreated: defineEvent(
    'account.created',
    accountRef.extend({ kind: z.enum(['user', 'organization']) }),
  ),
  accountUpdated: defineEvent('account.updated', accountRef),
  memberChanged: defineEvent(
    'membership.changed',
    z.object({ organizationId: id, accountId: id, role: z.enum(['owner', 'member']).nullable() }),
  ),
  repositoryCreated: defineEvent(
    'repository.created',
    z.object({ repositoryId: id, ownerId: id, name: z.string() }),
  ),
  tokenCreated: defineEvent('token.created', z.object({ accountId: id, tokenId: id, name: z.string() })),
  tokenRevoked: defineEvent('token.revoked', z.object({ accountId: id, tokenId: id })),
  grantChanged: defineEvent(
    'grant.changed',
    z.object({ packageId: id, accountId: id, role: packageRole.nullable() }),
  ),
} as const;
