import { z } from 'zod';
import { MAX_BLOBS } from './blobs.schemas';
import { actor, id, nothing, sha256, MEASURE_MS, RESERVE_MS } from './common';
import { DEFAULT_DEADLINE_MS, defineContract, defineEvent, operation, type Client } from './define-contract';
import { maintenanceOperations } from './maintenance';

const bytes = z.number().int().nonnegative();
/** What an upload is called by whoever receives it; an owner's keys are its own. */
const key = z.string().regex(/^[\x21-\x7e]{1,100}$/);

/** Content by its address, and its length in bytes. */
export const storedContent = z.object({ sha256, size: bytes });
export type StoredContent = z.infer<typeof storedContent>;

/**
 * How much owners may store. An owner uses each content once, however many live versions have it. What is on its way in is
 * reserved, so that uploads together never pass a limit. An owner without a limit has no reservations: all operations on them
 * answer at once and keep nothing.
 */
export const billingContract = defineContract('billing', {
  ...maintenanceOperations,
  /** Null: as much as there is room. Announces `factKey.storageLimit`. A limit below what is used stops growth only. */
  setStorageLimit: operation(z.object({ ownerId: id, bytes: bytes.nullable(), actor }), nothing),
  /** Null: none. */
  findStorageLimit: operation(z.object({ ownerId: id }), z.object({ bytes: bytes.nullable() })),
  /** `used`: what versions have, those that wait for approval included; `reserved`: what may be added by what is on its way in. */
  getStorage: operation(
    z.object({ ownerId: id }),
    z.object({ limit: bytes.nullable(), used: bytes, reserved: bytes }),
    { deadlineMs: MEASURE_MS + DEFAULT_DEADLINE_MS },
  ),
  /**
   * The upload `key` may grow to so many bytes in all. Never takes back what was reserved for it, and keeps it for an hour from
   * now. Rejects `quota_exceeded`; what was reserved before stays, unless the upload ends with the refusal: then the next who
   * asks has its room, and of many that grow at once not all are refused for what the others hold.
   */
  reserveStorage: operation(
    z.object({ ownerId: id, key, bytes, endIfRefused: z.boolean().default(false) }),
    nothing,
    { deadlineMs: RESERVE_MS },
  ),
  /**
   * A version will use these contents: they take the place of what was reserved for the upload `key`. What the owner has, or has
   * reserved, adds nothing. Kept for `PACKHOUSE_STORAGE_RESERVATION_HOURS`, or until a published version has them. Rejects
   * `quota_exceeded`; what was reserved before stays.
   */
  reserveContents: operation(
    z.object({
      ownerId: id,
      key: key.nullable(),
      contents: z.array(storedContent).min(1).max(MAX_BLOBS),
    }),
    nothing,
    { deadlineMs: RESERVE_MS },
  ),
  /**
   * Ends what was reserved under `key`, contents included: the upload was given up, or something else counts for it by now
   * (a version that waits for approval). Not to be called while it is unknown whether a version was published.
   */
  releaseStorage: operation(z.object({ ownerId: id, key }), nothing),
});

export type BillingClient = Client<typeof billingContract>;

export const billingEvents = {
  /** In bytes; null: none. */
  storageLimitSet: defineEvent(
    'account.storage-limit-set',
    z.object({ ownerId: id, bytes: bytes.nullable(), oldBytes: bytes.nullable() }),
  ),
} as const;
