import { z } from 'zod';
import { actor, id, isoTime } from './common';
import { defineEvent, operation } from './define-contract';
import { slice, sliceOf } from './slices';

/** One removal of content: of what nothing uses, or of what an inventory found. */
export const collection = z.object({
  id,
  kind: z.enum(['collection', 'inventory']),
  /** Only counted: nothing was removed. */
  dryRun: z.boolean(),
  /** Login; null: the schedule. */
  requestedBy: z.string().nullable(),
  startedAt: isoTime,
  state: z.enum(['running', 'finished', 'interrupted']).meta({
    description: 'Interrupted: it failed, or its process ended; the next one does what it left.',
  }),
  finishedAt: isoTime.nullable(),
  blobs: z.number().int().meta({ description: 'Removed, or to be removed.' }),
  bytes: z.number().int().meta({ description: 'Freed, or to be freed.' }),
  kept: z.number().int().meta({ description: 'In use again when looked at a second time.' }),
  failed: z.number().int().meta({ description: 'The storage could not remove them; tried again next time.' }),
  missing: z.number().int().meta({
    description:
      'In use according to the ledger, but not stored, or cut short. Named in the log, never deleted.',
  }),
});
export type Collection = z.infer<typeof collection>;

/** Removal of content that nothing uses. */
export const collectionOperations = {
  /**
   * With `dryRun` counts what a collection would remove now; otherwise starts one and answers with how it begins: figures grow
   * in the list.
   */
  collectBlobs: operation(z.object({ dryRun: z.boolean(), actor }), z.object({ collection }), {
    deadlineMs: 60_000,
  }),
  /**
   * Starts an inventory: what is stored is compared with the ledger. Stored content that the ledger does not name is removed once it
   * is old (`PACKHOUSE_ORPHAN_DAYS`), or only counted; figures grow in the list of collections.
   */
  takeInventory: operation(z.object({ dryRun: z.boolean(), actor }), z.object({ collection })),
  /** Latest first; those of the schedule that found nothing are not kept. */
  listCollections: operation(z.object({ ...slice }), sliceOf(collection)),
} as const;

/** What operators asked of the ledger. */
export const collectionEvents = {
  collectionRequested: defineEvent(
    'operations.collection-requested',
    z.object({ collectionId: id, dryRun: z.boolean() }),
  ),
  inventoryRequested: defineEvent(
    'operations.inventory-requested',
    z.object({ collectionId: id, dryRun: z.boolean() }),
  ),
} as const;
