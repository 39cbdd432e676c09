import { z } from 'zod';
import { accessSubject, credential, decision, packageAction, principal, readable } from './auth.schemas';
import { actor, cursor, id, nothing, packageRole, page } from './common';
import { operation } from './define-contract';

const grant = z.object({
  packageId: id,
  accountId: id,
  login: z.string(),
  email: z.string().nullable(),
  role: packageRole,
});

/** Who calls, what the caller may do, and the grants on packages behind it. */
export const decisionOperations = {
  /** Rejects `credentials_invalid` for an unknown, expired or revoked credential; password guessing is slowed (`rate_limited`). */
  authenticate: operation(z.object({ credential }), z.object({ principal })),
  /** THE permission decision. `principal: null` is an anonymous caller. */
  decide: operation(
    z.object({ principal: principal.nullable(), action: packageAction, subject: accessSubject }),
    decision,
  ),
  /** Checks a one-time password or recovery code (used once); rejects `otp_required` when it is wrong. */
  verifyOtp: operation(z.object({ accountId: id, otp: z.string().max(100) }), nothing),
  /** What the caller may read besides public packages, of one owner or (null) of all: the same rules as `decide`. */
  listReadable: operation(
    z.object({ principal: principal.nullable(), ownerId: id.nullable().default(null) }),
    readable,
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
  removeGrant: operation(
    z.object({ packageId: id, accountId: id, actor: actor.nullable().default(null) }),
    nothing,
  ),
} as const;
