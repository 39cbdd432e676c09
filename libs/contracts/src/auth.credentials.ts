import { z } from 'zod';
import { principal, tokenInfo, tokenLimits, tokenScope } from './auth.schemas';
import { actor, cursor, id, isoTime, nothing, packageRole, page } from './common';
import { operation } from './define-contract';

const createdToken = z.object({ token: z.string(), info: tokenInfo });
const newToken = z.object({
  accountId: id,
  name: z.string().min(1).max(200),
  /** Of a classic token; leave empty for a fine-grained one. */
  scopes: z.array(tokenScope),
  /** Makes the token a fine-grained one. */
  limits: tokenLimits.nullable().default(null),
  /** Null: never; a fine-grained token must expire. */
  expiresAt: isoTime.nullable().default(null),
  actor,
});

/** Tokens, signing in, second factors. */
export const credentialOperations = {
  createToken: operation(newToken, createdToken),
  /**
   * A token for a job of one repository: short-lived, acts as `workflowAccount`. The caller makes sure that the actor
   * administers the repository. Rejects `not_found`, and `invalid_request` for a lifetime beyond a day.
   */
  createWorkflowToken: operation(
    z.object({
      repositoryId: id,
      role: packageRole,
      name: z.string().min(1).max(200),
      /** Null: as the settings say. */
      lifetimeMinutes: z.number().int().min(1).nullable().default(null),
      actor,
    }),
    createdToken,
  ),
  /** Tokens that still work, newest first; of workflows, `accountId` is `workflowAccount` and the repository says which. */
  listTokens: operation(
    z.object({
      accountId: id,
      repositoryId: id.nullable().default(null),
      cursor,
      limit: z.number().int().min(1).max(100).default(50),
    }),
    page(tokenInfo),
  ),
  /** By id or by the hash of its text; effective on every replica when this answers. Unknown or foreign: `not_found`. */
  revokeToken: operation(
    z.object({
      accountId: id,
      /** Only a token of a workflow of this repository. */
      repositoryId: id.nullable().default(null),
      tokenId: id.optional(),
      hash: z.string().optional(),
      actor,
    }),
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
    z.object({ accountId: id, otp: z.string().max(100), actor }),
    z.object({ recoveryCodes: z.array(z.string()) }),
  ),
  disableTwoFactor: operation(
    z.object({ accountId: id, password: z.string().max(1000), otp: z.string().max(100), actor }),
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
} as const;
