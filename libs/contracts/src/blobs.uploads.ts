import { z } from 'zod';
import { placeKey } from './blobs.schemas';
import { id, isoTime, sha256 } from './common';
import { operation } from './define-contract';

/** Texts that blob stores write of an upload; the longest are those with ten thousand parts. */
const uploadState = z.string().max(600_000);

/** Content on its way in, over several requests. */
export const uploadSession = z.object({
  /** Unguessable; with place and account it is the right to continue. */
  id,
  place: placeKey,
  accountId: id,
  /** Bytes that are durable. */
  received: z.number().int().nonnegative(),
  /** What the blob store must know to continue (`UploadState`); null: nothing has come yet. */
  state: uploadState.nullable(),
  expiresAt: isoTime,
});
export type UploadSession = z.infer<typeof uploadSession>;

const ref = { id, place: placeKey, accountId: id };
const found = z.object({ upload: uploadSession.nullable() });

/**
 * Upload sessions. Whoever appends or finishes claims the session first, so that there is one writer at a time: the claim
 * lasts 15 seconds and is prolonged by `advanceUpload`, so that another process can soon take the place of one that was killed.
 */
export const uploadOperations = {
  /** Rejects `rate_limited` when this account has `maxOpen` sessions in this place. */
  openUpload: operation(
    z.object({ place: placeKey, accountId: id, maxOpen: z.number().int().min(1).max(100_000) }),
    z.object({ upload: uploadSession }),
  ),
  /** Null for one that is unknown, expired, or of another place or account. `isBusy`: somebody writes, more may be durable soon. */
  findUpload: operation(z.object(ref), found.extend({ isBusy: z.boolean() })),
  claimUpload: operation(
    z.object(ref),
    z.discriminatedUnion('outcome', [
      z.object({
        outcome: z.literal('claimed'),
        claim: id,
        /** The claim before it ran out: its writer may still be at work somewhere, and must not meet this one. */
        interrupted: z.boolean(),
        upload: uploadSession,
      }),
      z.object({ outcome: z.literal('busy') }),
      z.object({ outcome: z.literal('gone') }),
    ]),
  ),
  /**
   * Records what is durable now and prolongs claim and session; `release` ends the claim. Null when the claim was lost: then
   * nothing was recorded.
   */
  advanceUpload: operation(
    z.object({
      id,
      claim: id,
      received: z.number().int().nonnegative(),
      state: uploadState.nullable(),
      release: z.boolean(),
    }),
    found,
  ),
  /**
   * Ends a session and gives it as it was, for its bytes to be dropped where they were not used. With `claim` only while that
   * claim holds. `stored`: the address that the content has by now; the place holds it from here on (see `holdBlobs`).
   */
  closeUpload: operation(z.object({ ...ref, claim: id.nullable(), stored: sha256.nullable() }), found),
} as const;
