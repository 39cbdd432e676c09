import { z } from 'zod';
import { id, isoTime, packageRole, packageScope, sha256, visibility } from './common';

/** How a caller proves who it is. Tokens and sessions travel as the hex SHA-256 of their text, never as themselves. */
export const credential = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), hash: z.string() }),
  z.object({ kind: z.literal('session'), hash: z.string() }),
  z.object({
    kind: z.literal('password'),
    login: z.string().max(200),
    password: z.string().max(1000),
    address: z.string().optional(),
  }),
  /**
   * What a gateway of ours signed for a caller that had proved itself: the account, and what it had come with, the hash
   * of an access token or the mark of a password. It stands for that credential, for as long as that one is good.
   */
  z.object({
    kind: z.literal('issued'),
    accountId: id,
    tokenHash: sha256.nullable(),
    passwordMark: z.string().max(64).nullable(),
  }),
]);
export type Credential = z.infer<typeof credential>;
export type IssuedCredential = Omit<Extract<Credential, { kind: 'issued' }>, 'kind'>;

/** Scopes of classic tokens, as GitHub names them; some imply others (libs/access, `hasScope`). */
export const tokenScopes = [
  'read:packages',
  'write:packages',
  'delete:packages',
  'repo',
  'public_repo',
  'read:org',
  'write:org',
  'admin:org',
  'read:user',
  'user',
  'read:audit_log',
  'site_admin',
] as const;
export const tokenScope = z.enum(tokenScopes);
export type TokenScope = z.infer<typeof tokenScope>;

export const packageAction = z.enum(['read', 'write', 'delete', 'admin']);
export type PackageAction = z.infer<typeof packageAction>;

/** How far a fine-grained token (or a trusted publisher's) reaches: one owner, these packages, these actions. */
export const tokenLimits = z.object({
  ownerId: id,
  /** Names as their format writes them, `*` for any run of characters; null: every package of the owner. */
  packages: z.array(z.string().min(1).max(300)).min(1).max(100).nullable(),
  actions: z.array(packageAction).min(1),
  /** Only packages of this format are changed; reading is not limited by it. Left out: of any. */
  format: z.string().min(1).max(40).optional(),
});
export type TokenLimits = z.infer<typeof tokenLimits>;

/** A job of a CI system instead of a person: its rights are the workflow's, never those of an account. */
export const workflowIdentity = z.object({
  ownerId: id,
  /** The repository whose workflow it is; null: trusted by an owner or for one package, without a repository here. */
  repositoryId: id.nullable(),
  /** What the job asked for at most (`permissions: packages: read|write`); `admin` only where it was granted. */
  role: packageRole,
});
export type WorkflowIdentity = z.infer<typeof workflowIdentity>;

/** Who calls, as far as decisions need it. */
export const principal = z.object({
  /** For a workflow the account {@link workflowAccount}. */
  accountId: id,
  login: z.string(),
  siteAdmin: z.boolean(),
  tokenId: id.nullable(),
  /** Of a classic token; null for a password, a session or another kind of token. */
  scopes: z.array(tokenScope).nullable(),
  /** Of a fine-grained token; null: no limits of this kind. */
  limits: tokenLimits.nullable(),
  workflow: workflowIdentity.nullable(),
  /** When this answer stops being true by itself: the token's expiry. */
  expiresAt: isoTime.nullable(),
  /** What a one-time password is asked for. `writes`: publishing and changing; `auth`: signing in and account settings too. */
  twoFactor: z.enum(['off', 'auth', 'writes']),
});
export type Principal = z.infer<typeof principal>;

/** The account that workflows act as: it is made with the tables, nobody can sign in as it and it owns nothing. */
export const workflowAccount = {
  id: '01900000-0000-7000-8000-000000000001',
  login: 'packhouse-actions[bot]',
} as const;

/** A package that exists, or the place where one would be made (`package: null`). */
export const accessSubject = z.object({
  ownerId: id,
  ownerLogin: z.string(),
  /** Shown in the reason, and compared with the patterns of a token. */
  name: z.string(),
  format: z.string(),
  /** `repository`: the package belongs to `repositoryId` and takes its access and visibility (spec P-17). */
  scope: packageScope.default('owner'),
  /** The linked repository, or the one that a new package would be linked to. */
  repositoryId: id.nullable().default(null),
  /** `inheritsAccess`: the access of the linked repository counts, and no grant on the package does (spec P-13). */
  package: z.object({ id, visibility, inheritsAccess: z.boolean().default(false) }).nullable(),
  /** Visibility that a new package would have: organizations may refuse some (spec P-23). */
  newVisibility: visibility.default('private'),
});
export type AccessSubject = z.infer<typeof accessSubject>;

/** The lists of ids among the conditions of {@link readable}. */
export const readableIds = z.object({
  /** Every package of these owners. */
  ownerIds: z.array(id),
  /** The internal packages of these owners. */
  internalOwnerIds: z.array(id),
  /** Packages of these owners that inherit the access of a repository, whichever it is. */
  inheritingOwnerIds: z.array(id),
  /** Packages that inherit the access of these repositories. */
  repositoryIds: z.array(id),
  /** These packages, unless they inherit their access. */
  packageIds: z.array(id),
  /** These packages, whether they inherit their access or not. */
  workflowPackageIds: z.array(id),
});
export type ReadableIds = z.infer<typeof readableIds>;
export const readableKinds = Object.keys(readableIds.shape) as Array<keyof ReadableIds>;

/** Whose ids and of which owner (null: of all), and a text that is another when they are others. */
export const listedElsewhere = z.object({
  accountId: id,
  workflow: workflowIdentity.pick({ ownerId: true, repositoryId: true }).nullable(),
  ownerId: id.nullable(),
  key: z.string(),
});
export type ListedElsewhere = z.infer<typeof listedElsewhere>;

/** What a caller may read besides public packages, as conditions that a list can be filtered by. */
export const readable = readableIds.extend({
  /** All packages: a site administrator. */
  everything: z.boolean(),
  /**
   * Not null: there are too many ids to travel with every request. The lists are empty, and whoever looks at them reads
   * them by `listReadableIds` first (`completeReadable`) and keeps them under this key.
   */
  elsewhere: listedElsewhere.nullable(),
  /** Whether packages that belong to a repository are among all these: a token may be too weak for them (spec A-4). */
  repositoryScoped: z.boolean(),
  /** Formats that are disabled: nothing of them is listed, public packages included. */
  disabledFormats: z.array(z.string()),
  /** Only names that match one of these patterns (see `tokenLimits`); null: any. Does not narrow public packages. */
  namePatterns: z.array(z.string()).nullable(),
});
export type Readable = z.infer<typeof readable>;

/** What a stranger may read: public packages only. */
export const nothingReadable: Readable = {
  everything: false,
  ownerIds: [],
  internalOwnerIds: [],
  inheritingOwnerIds: [],
  repositoryIds: [],
  packageIds: [],
  workflowPackageIds: [],
  repositoryScoped: true,
  disabledFormats: [],
  elsewhere: null,
  namePatterns: null,
};

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

export const accountKind = z.enum(['user', 'organization', 'bot']);
export type AccountKind = z.infer<typeof accountKind>;

export const account = z.object({
  id,
  /** The id that GitHub's API shows: small, whole, never reused. */
  number: z.number().int(),
  kind: accountKind,
  login: z.string(),
  displayName: z.string().nullable(),
  email: z.string().nullable(),
  siteAdmin: z.boolean(),
  twoFactor: z.enum(['off', 'auth', 'writes']),
  /** Free text that people show on their profile: homepage, fullname… */
  profile: z.record(z.string(), z.string()),
  /** Since when nobody can sign in as it; null: it is not suspended. */
  suspendedAt: isoTime.nullable(),
  createdAt: isoTime,
  updatedAt: isoTime,
});
export type Account = z.infer<typeof account>;

/** `classic`: scopes; `fine-grained`: limits; `workflow`: a job of a CI system, short-lived. */
export const tokenKind = z.enum(['classic', 'fine-grained', 'workflow']);
export type TokenKind = z.infer<typeof tokenKind>;

/** A token as lists show it: never its text. */
export const tokenInfo = z.object({
  id,
  name: z.string(),
  /** First characters, to recognise it. */
  prefix: z.string(),
  kind: tokenKind,
  /** Of a classic token; empty for the other kinds. */
  scopes: z.array(tokenScope),
  limits: tokenLimits.nullable(),
  workflow: workflowIdentity.nullable(),
  readonly: z.boolean(),
  createdAt: isoTime,
  lastUsedAt: isoTime.nullable(),
  expiresAt: isoTime.nullable(),
});
export type TokenInfo = z.infer<typeof tokenInfo>;
