import { z } from 'zod';
import { tokenInfo } from './auth.schemas';
import { actor, cursor, id, isoTime, nothing, packageRole, page } from './common';
import { operation } from './define-contract';

/** Patterns by claim name: `*` stands for any run of characters, everything else for itself. */
export const claimPatterns = z
  .record(z.string().min(1).max(100), z.string().min(1).max(500))
  .refine((claims) => Object.keys(claims).length <= 20, { error: 'at most 20 claims' });

/** What a trusted publisher may publish, and how its ID tokens are told. */
const publisherTerms = z.object({
  /** Of the owner; its workflow is what the token acts as. Null: trusted by the owner itself, or for one package. */
  repositoryId: id.nullable().default(null),
  /** A name as its format writes it, `*` for any run of characters. Null: every package of the owner. */
  packageName: z.string().min(1).max(300).nullable().default(null),
  /** Only for this format. Null: any. */
  format: z.string().min(1).max(40).nullable().default(null),
  /** Exactly as the `iss` claim says it. */
  issuer: z.string().min(1).max(500),
  /** What the `aud` claim must hold. Null: the public URL of this instance, or what the format's clients ask for. */
  audience: z.string().min(1).max(500).nullable().default(null),
  claims: claimPatterns,
  role: packageRole,
});

/** An outside CI system that an owner lets publish without a stored secret. */
export const trustedPublisher = publisherTerms.extend({
  id,
  ownerId: id,
  repositoryName: z.string().nullable(),
  createdBy: z.string().nullable(),
  createdAt: isoTime,
  lastUsedAt: isoTime.nullable(),
});
export type TrustedPublisher = z.infer<typeof trustedPublisher>;

/** Trusted publishing: ID tokens of CI systems (OpenID Connect) against short-lived workflow tokens. */
export const publisherOperations = {
  /** The caller makes sure that the actor administers the owner, the repository or the package. Rejects `invalid_request` for terms that would trust everybody. */
  registerTrustedPublisher: operation(
    publisherTerms.extend({ ownerId: id, actor }),
    z.object({ publisher: trustedPublisher }),
  ),
  /** Of the owner; `of`: only those of one repository, or for exactly this package. */
  listTrustedPublishers: operation(
    z.object({
      ownerId: id,
      of: z
        .union([
          z.object({ repositoryId: id }),
          z.object({ packageName: z.string().max(300), format: z.string().max(40) }),
        ])
        .nullable()
        .default(null),
      cursor,
      limit: z.number().int().min(1).max(100).default(50),
    }),
    page(trustedPublisher),
  ),
  findTrustedPublisher: operation(
    z.object({ ownerId: id, publisherId: id }),
    z.object({ publisher: trustedPublisher.nullable() }),
  ),
  /** Its live tokens end with it, on every replica when this answers. */
  removeTrustedPublisher: operation(z.object({ ownerId: id, publisherId: id, actor }), nothing),
  /**
   * Verifies an ID token and gives a workflow token for what the matching publisher may publish. Rejects
   * `credentials_invalid` for a token that proves nothing, `forbidden` for one that nobody here trusts (saying which
   * claim is to blame), `invalid_request` when several publishers match.
   */
  exchangeIdToken: operation(
    z.object({
      idToken: z.string().min(1).max(20_000),
      ownerLogin: z.string().max(100),
      repositoryName: z.string().max(100).nullable().default(null),
      packageName: z.string().max(300).nullable().default(null),
      format: z.string().max(40).nullable().default(null),
      publisherId: id.nullable().default(null),
      /** What `aud` may be where the publisher names no audience. */
      audiences: z.array(z.string().max(500)).min(1).max(5),
      address: z.string().max(100).nullable().default(null),
      requestId: z.string().max(100).nullable().default(null),
    }),
    z.object({ token: z.string(), info: tokenInfo, publisherId: id }),
    { deadlineMs: 20_000 },
  ),
} as const;
