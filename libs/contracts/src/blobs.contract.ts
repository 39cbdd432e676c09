import { z } from 'zod';
import { collectionOperations } from './blobs.collections';
import { holdingOperations } from './blobs.holdings';
import { blobRef, MAX_BLOBS } from './blobs.schemas';
import { uploadOperations } from './blobs.uploads';
import { id, nothing, sha256 } from './common';
import { defineContract, operation, type Client } from './define-contract';
import { maintenanceOperations } from './maintenance';

/** The ledger of content: which digests exist and what uses them. Bytes never pass here. */
export const blobsContract = defineContract('blobs', {
  ...maintenanceOperations,
  ...collectionOperations,
  ...holdingOperations,
  ...uploadOperations,
  /**
   * Records content and that `versionId` is about to use it, before the version is committed. The link is provisional:
   * it becomes firm on `package.version-published`, or is dropped after an hour if no such version came to be.
   * While any link exists the content is never collected.
   */
  linkBlobs: operation(z.object({ versionId: id, blobs: z.array(blobRef).min(1).max(MAX_BLOBS) }), nothing),
  /** Drops the provisional links of a version that will not be committed. Firm links are not touched. */
  dropProvisionalLinks: operation(z.object({ versionId: id }), nothing),
  findBlob: operation(z.object({ sha256 }), z.object({ blob: blobRef.nullable() })),
  /** Figures for administrators: bytes and counts stored, unlinked and waiting for collection. */
  getUsage: operation(
    nothing,
    z.object({
      blobs: z.number().int(),
      bytes: z.number().int(),
      unlinkedBlobs: z.number().int(),
      unlinkedBytes: z.number().int(),
      provisionalLinks: z.number().int(),
    }),
  ),
});

export type BlobsClient = Client<typeof blobsContract>;
