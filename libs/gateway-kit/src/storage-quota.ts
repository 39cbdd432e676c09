import { Inject, Injectable } from '@nestjs/common';
import { billingContract, factKey, type BillingClient, type BlobRef } from '@packhouse/contracts';
import { isDomainError, MINUTE, type DomainError } from '@packhouse/kernel';
import { FactCache, InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import { KnownLimit } from './known-limit';

/** Of content whose length nobody announced as much again as has come is reserved, between these bounds. */
const FIRST_STEP = 256 * 1024;
const LARGEST_STEP = 16 * 1024 * 1024;
/** Well within the hour after which a reservation that nobody touches ends. */
const TOUCH_EVERY_MS = 10 * MINUTE;

/**
 * How much owners may store, as gateways ask for it. That an owner has no limit is kept in memory: then nothing is asked, and
 * uploads pay for one look. A limit that is set counts at once, for uploads under way too.
 */
@Injectable()
export class StorageQuota {
  private readonly limited: FactCache<boolean>;

  constructor(
    @InjectClient(billingContract) private readonly billing: BillingClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.limited = new FactCache(invalidations, { max: 20_000 });
  }

  /** At once when it is in memory. */
  isLimited(ownerId: string): boolean | Promise<boolean> {
    return this.limited.get(ownerId, async () => {
      const { bytes } = await this.billing.findStorageLimit({ ownerId });
      return { value: bytes !== null, keys: [factKey.storageLimit(ownerId)] };
    });
  }

  /** `key`: what the upload is called wherever it goes on; see `reserveStorage`. */
  ofUpload(ownerId: string, key: string): UploadQuota {
    return new UploadQuota(this, ownerId, key);
  }

  /** The upload may grow to so many bytes in all. Rejects `quota_exceeded`; with `endIfRefused` the upload is over then. */
  async reserve(ownerId: string, key: string, bytes: number, endIfRefused: boolean): Promise<void> {
    await this.billing.reserveStorage({ ownerId, key, bytes, endIfRefused });
  }

  /**
   * A version will use these contents; what the owner has already adds nothing. They take the place of what the upload `key`
   * reserved. Rejects `quota_exceeded`.
   */
  async reserveContents(ownerId: string, key: string | null, blobs: readonly BlobRef[]): Promise<void> {
    if (!(await this.isLimited(ownerId))) return;
    const contents = blobs.map(({ size, digests: { sha256 } }) => ({ sha256, size }));
    await this.billing.reserveContents({ ownerId, key, contents });
  }

  /** The upload takes nothing any more. Does not reject: what stays reserved ends by itself. */
  async release(ownerId: string, key: string): Promise<void> {
    try {
      if (await this.isLimited(ownerId)) await this.billing.releaseStorage({ ownerId, key });
    } catch (error) {
      this.logger.warn({ ownerId, key, error }, 'What an upload reserved stays until it expires');
    }
  }
}

/** What one upload takes of its owner's room, in one request. */
export class UploadQuota {
  private reserved = 0;
  private touchAgainAt = 0;
  private readonly limit: KnownLimit;

  constructor(
    private readonly quota: StorageQuota,
    private readonly ownerId: string,
    private readonly key: string,
  ) {
    this.limit = new KnownLimit(() => quota.isLimited(ownerId));
  }

  /** Before anything is read: the upload will have so many bytes in all. Rejects `quota_exceeded`. */
  async expect(total: number): Promise<void> {
    if (await this.limit.isLimited()) await this.reserve(total, true);
  }

  /** Before bytes are kept, with which the upload has so many. Nothing to wait for where there is room. Rejects `quota_exceeded`. */
  grow(total: number): void | Promise<void> {
    if (total <= this.reserved && Date.now() < this.touchAgainAt) return;
    const isLimited = this.limit.isLimited();
    if (isLimited !== false) return this.reserveAhead(total, isLimited);
  }

  /** The upload stops for now with so many bytes: what it has reserved beyond them is room again. Does not reject. */
  async shrink(total: number): Promise<void> {
    if (total >= this.reserved) return;
    await this.release();
    this.reserved = 0;
    // Whoever goes on with it reserves again.
    if (total > 0) await this.reserve(total, false).catch(() => undefined);
  }

  /** The upload has ended with these contents; see {@link StorageQuota.reserveContents}. */
  settle(blobs: readonly BlobRef[]): Promise<void> {
    // From here on what is reserved may be these contents, which `shrink` must leave.
    this.reserved = 0;
    return this.quota.reserveContents(this.ownerId, this.key, blobs);
  }

  /** See {@link StorageQuota.release}. */
  async release(): Promise<void> {
    const isLimited = await Promise.resolve(this.limit.isLimited()).catch(() => true);
    if (isLimited) await this.quota.release(this.ownerId, this.key);
  }

  /** As far ahead as there is room, at least for what comes: an upload that fits is never refused for what it may become. */
  private async reserveAhead(total: number, isLimited: true | Promise<boolean>): Promise<void> {
    if (!(await isLimited)) return;
    if (total <= this.reserved) return this.reserve(this.reserved, true);
    const wanted = total + Math.min(LARGEST_STEP, Math.max(FIRST_STEP, total));
    try {
      await this.reserve(wanted, false);
    } catch (error) {
      if (!isDomainError(error, 'quota_exceeded')) throw error;
      await this.reserveRest(total, Math.min(wanted, roomIn(error) + this.reserved));
    }
  }

  /** Somebody else may have taken the rest meanwhile; and an earlier request may have reserved what this one does not know of. */
  private async reserveRest(total: number, rest: number): Promise<void> {
    if (rest > total) {
      try {
        return await this.reserve(rest, false);
      } catch (error) {
        if (!isDomainError(error, 'quota_exceeded')) throw error;
      }
    }
    await this.reserve(total, true);
  }

  private async reserve(bytes: number, endIfRefused: boolean): Promise<void> {
    await this.quota.reserve(this.ownerId, this.key, bytes, endIfRefused);
    this.reserved = bytes;
    this.touchAgainAt = Date.now() + TOUCH_EVERY_MS;
  }
}

/** How many bytes a refusal leaves to be reserved; see `reserveStorage`. */
function roomIn({ details }: DomainError): number {
  const { limit, used, reserved } = details as Record<'limit' | 'used' | 'reserved', number | undefined>;
  return Math.max(0, (limit ?? 0) - (used ?? 0) - (reserved ?? 0));
}
