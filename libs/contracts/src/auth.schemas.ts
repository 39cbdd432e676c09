import { z } from 'zod';
import { id, isoTime, visibility } from './common';

/** How a caller proves who it is. Tokens travel as the hex SHA-256 of their text, never as themselves. */
export const credential = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), hash: z.string() }),
  z.object({
    kind: z.literal('password'),
    login: z.string().max(200),
    password: z.string().max(1000),
    address: z.string().optional(),
  }),
]);
export type Credential = z.infer<typeof credential>;

export const tokenScopes = [
  'read:packages',
  'write:packages',
  'delete:packages',
  'repo',
  'read:org',
  'admin:org',
  'user',
  'site_admin',
] as const;
export const tokenScope = z.enum(tokenScopes);
export type TokenScope = z.infer<typeof tokenScope>;

/** Who calls, as far as decisions need it. `scopes` is null for a password or a session: everything the account may do. */
export const principal = z.object({
  accountId: id,
  login: z.string(),
  siteAdmin: z.boolean(),
  tokenId: id.nullable(),
  scopes: z.array(tokenScope).nullable(),
  /** When this answer stops being true by itself: the token's expiry. */
  expiresAt: isoTime.nullable(),
  /** What a one-time password is asked for. `writes`: publishing and changing; `auth`: signing in and account settings too. */
  twoFactor: z.enum(['off', 'auth', 'writes']),
});
export type Principal = z.infer<typeof principal>;

export const packageAction = z.enum(['read', 'write', 'delete', 'admin']);
export type PackageAction = z.infer<typeof packageAction>;

/** A package that exists, or the place where one would be made (`package: null`). */
export const accessSubject = z.object({
  ownerId: id,
  ownerLogin: z.string(),
  /** Shown in the reason. */
  name: z.string(),
  package: z.object({ id, visibility }).nullable(),
});
export type AccessSubject = z.infer<typeof accessSubject>;

/** Allowed, or how the refusal must look (existence is never given away) and how to mend it. */
export const decision = z.discriminatedUnion('allowed', [
  z.object({ allowed: z.literal(true), rule: z.string() }),
  z.object({
    allowed: z.literal(false),
    code: z.enum(['unauthenticated', 'credentials_invalid', 'not_found', 'forbidden']),
    reason: z.string(),
  }),
]);
export type Decision = z.infer<typeof decision>;

export const account = z.object({
  id,
  kind: z.enum(['user', 'organization']),
  login: z.string(),
  displayName: z.string().nullable(),
  email: z.string().nullable(),
  siteAdmin: z.boolean(),
  twoFactor: z.enum(['off', 'auth', 'writes']),
  /** Free text that people show on their profile: homepage, fullname… */
  profile: z.record(z.string(), z.string()),
  createdAt: isoTime,
  updatedAt: isoTime,
});
export type Account = z.infer<typeof account>;

/** A token as lists show it: never its text. */
export const tokenInfo = z.object({
  id,
  name: z.string(),
  /** First characters, to recognise it. */
  prefix: z.string(),
  scopes: z.array(tokenScope),
  readonly: z.boolean(),
  createdAt: isoTime,
  lastUsedAt: isoTime.nullable(),
  expiresAt: isoTime.nullable(),
});
export type TokenInfo = z.infer<typeof tokenInfo>;
