import { z } from 'zod';
import { digests } from './common';

/** Content as the ledger records it. */
export const blobRef = z.object({ size: z.number().int().nonnegative(), digests });
export type BlobRef = z.infer<typeof blobRef>;

/** Most blobs of one version, and of one message. */
export const MAX_BLOBS = 1100;

/** A content address as protocols write it: the algorithm, a colon, lower-case hex. */
export const contentDigest = z.string().regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);

/** Where content may be used: a text that a gateway makes (`<format>:<ownerId>:<nameKey>`); no package need be there. */
export const placeKey = z.string().min(1).max(600);
