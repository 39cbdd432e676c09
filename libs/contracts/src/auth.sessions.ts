import { z } from 'zod';
import { principal } from './auth.schemas';
import { actor, cursor, id, isoTime, nothing, page, sha256 } from './common';
import { operation } from './define-contract';

/** A session as its holder sees it: never its text. */
export const sessionInfo = z.object({
  id,
  address: z.string(),
  userAgent: z.string(),
  createdAt: isoTime,
  lastUsedAt: isoTime,
  expiresAt: isoTime,
  /** The one that asks. */
  current: z.boolean(),
});
export type SessionInfo = z.infer<typeof sessionInfo>;

/** Sessions of the web interface. A browser holds the text; services know it by its hash (`credential.kind: session`). */
export const sessionOperations = {
  /**
   * Signs a person in for a browser: always a new session. Rejects as `signIn` does, and `forbidden` for a token in the
   * place of the password.
   */
  startSession: operation(
    z.object({
      login: z.string().max(200),
      password: z.string().max(1000),
      otp: z.string().max(100).nullable().default(null),
      address: z.string().max(100),
      userAgent: z.string().max(500),
      requestId: z.string().max(100).nullable().default(null),
    }),
    z.object({ session: z.string(), principal, expiresAt: isoTime }),
  ),
  /** Sessions that live, newest first. */
  listSessions: operation(
    z.object({
      accountId: id,
      currentHash: sha256.nullable().default(null),
      cursor,
      limit: z.number().int().min(1).max(100).default(50),
    }),
    page(sessionInfo),
  ),
  /** By id or by the hash of its text; effective on every replica when this answers. Unknown or foreign: `not_found`. */
  endSession: operation(
    z.object({ accountId: id, sessionId: id.optional(), hash: sha256.optional(), actor }),
    nothing,
  ),
} as const;
