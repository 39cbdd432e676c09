import { z } from 'zod';
import { blobRef, contentDigest, MAX_BLOBS, placeKey } from './blobs.schemas';
import { nothing, sha256 } from './common';
import { operation } from './define-contract';

const blobRefs = z.object({ blobs: z.array(blobRef) });
const wanted = z.array(contentDigest).min(1).max(MAX_BLOBS);

/**
 * Holdings: "this place may use this content". A holding ends some time (`PACKHOUSE_HOLDING_HOURS`) after it was last
 * touched; until then the content is not collected. The order of an upload is
 * `holdBlobs` → `BlobStore.promote` → `closeUpload` with `stored` (or `holdBlobs` again with `stored: true`) → the answer.
 */
export const holdingOperations = {
  /**
   * Records content and that `place` holds it. With `stored: false` it is a promise for the time of the upload, which keeps the
   * collector away but is found by nobody; `stored: true` says that the bytes have their address.
   */
  holdBlobs: operation(
    z.object({ place: placeKey, blobs: z.array(blobRef).min(1).max(MAX_BLOBS), stored: z.boolean() }),
    nothing,
  ),
  /**
   * Which of these contents the place holds, stored. Whoever tells somebody who may push that content exists must `touch`: then
   * it stays for the whole time from now on. Costs a write at most once a minute for each.
   */
  findHeld: operation(z.object({ place: placeKey, digests: wanted, touch: z.boolean() }), blobRefs),
  /**
   * Lets `place` hold content that is stored already, and gives what it holds now. `from`: only what that place holds; null:
   * whatever is stored, for a caller that was shown to read a version that has it. Never gives content that is being collected.
   */
  mountBlobs: operation(z.object({ place: placeKey, from: placeKey.nullable(), digests: wanted }), blobRefs),
  /** The place may not use the content any more, unless a version of its package does. Nothing there is fine. */
  dropHeld: operation(z.object({ place: placeKey, sha256 }), z.object({ dropped: z.boolean() })),
} as const;
