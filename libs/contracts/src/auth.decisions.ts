import { z } from 'zod';
import {
  accessSubject,
  credential,
  decision,
  listedElsewhere,
  packageAction,
  principal,
  readable,
  readableIds,
} from './auth.schemas';
import { id, nothing, visibility } from './common';
import { operation } from './define-contract';

/** Who calls, and what the caller may do. */
export const decisionOperations = {
  /** Rejects `credentials_invalid` for an unknown, expired or revoked credential; password guessing is slowed (`rate_limited`). */
  authenticate: operation(
    z.object({ credential }),
    z.object({
      principal,
      /** Of a password: names it without telling anything of it, and is another when the password is. */
      passwordMark: z.string().nullable().default(null),
    }),
  ),
  /** THE permission decision. `principal: null` is an anonymous caller. */
  decide: operation(
    z.object({ principal: principal.nullable(), action: packageAction, subject: accessSubject }),
    decision,
  ),
  /**
   * A decision with everything that it rests on, for administrators: it says whether the package exists. A token that
   * is not valid is `credentials_invalid`.
   */
  explainDecision: operation(
    z.object({
      who: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('account'), accountId: id }),
        z.object({ kind: z.literal('token'), hash: z.string() }),
        z.object({ kind: z.literal('anonymous') }),
      ]),
      action: packageAction,
      subject: accessSubject,
    }),
    z.object({
      decision,
      facts: z.array(z.object({ name: z.string(), value: z.string() })),
      /** In the order in which the decision looks at them: the first that did not pass is what is missing. */
      steps: z.array(
        z.object({
          name: z.enum(['credential', 'account', 'format']),
          passed: z.boolean(),
          sentence: z.string(),
        }),
      ),
    }),
  ),
  /**
   * What a package that this caller makes is linked to and takes from there. `repository` is what the upload names:
   * it counts when it belongs to the owner and the caller may write to it; a workflow's package is linked to its own.
   * The same of one whose link is still open (`existing`): to set it, the account must administer the package besides,
   * and it takes the access of the repository only while nobody but the account was given access to the package.
   */
  planNewPackage: operation(
    z.object({
      principal,
      ownerId: id,
      repository: z.object({ ownerLogin: z.string(), name: z.string() }).nullable(),
      existing: accessSubject.nullable().default(null),
    }),
    z.object({
      repositoryId: id.nullable(),
      inheritsAccess: z.boolean(),
      /** That of the workflow's repository, whatever the upload says (spec P-5); null: as the upload says. */
      visibility: visibility.nullable(),
      /** Why it is not linked to the repository that the upload names, or keeps its own access, in a sentence for the publisher. */
      notice: z.string().nullable(),
    }),
  ),
  /** Checks a one-time password or recovery code (used once); rejects `otp_required` when it is wrong. */
  verifyOtp: operation(z.object({ accountId: id, otp: z.string().max(100) }), nothing),
  /** What the caller may read besides public packages, of one owner or (null) of all: the same rules as `decide`. */
  listReadable: operation(
    z.object({ principal: principal.nullable(), ownerId: id.nullable().default(null) }),
    readable,
  ),
  /**
   * The ids of a `readable` that are elsewhere, a part at a time: `from` is `next` of the part before. `key` is that of the
   * ids as they are now; when it changes between two parts, begin again.
   */
  listReadableIds: operation(
    z.object({ of: listedElsewhere, from: z.number().int().min(0).default(0) }),
    readableIds.extend({ key: z.string(), next: z.number().int().nullable() }),
  ),
} as const;
