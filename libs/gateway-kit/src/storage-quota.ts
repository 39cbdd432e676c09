import { Inject, Injectable } from '@nestjs/common';
import { billingContract, factKey, type BillingClient, type BlobRef } from '@packhouse/contracts';
import { isDomainError, MINUTE } from '@packhouse/kernel';
import { FactCache, InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';

/** Of content whose length nobody announced as much again as has come is reserved, between these bounds. */
const FIRST_STEP = 256 * 1024;
const LARGEST_STEP = 16 * 1024 * 1024;
/** Where no more than this is left, what comes is reserved as it comes. */
const SMALLEST_STEP = 64 * 1024;
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

  /** The upload may grow to so many bytes in all. Rejects `quota_exceeded`. */
  async reserve(ownerId: string, key: string, bytes: number): Promise<void> {
    await this.billing.reserveStorage({ ownerId, key, bytes });
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
  private mostAhead = LARGEST_STEP;

  constructor(
    private readonly quota: StorageQuota,
    private readonly ownerId: string,
    private readonly key: string,
  ) {}

  /** Before anything is read: the upload will have so many bytes in all. Rejects `quota_exceeded`. */
  async expect(total: number): Promise<void> {
    if (await this.quota.isLimited(this.ownerId)) await this.reserve(total);
  }

  /** Before bytes are kept, with which the upload has so many. Nothing to wait for where there is room. Rejects `quota_exceeded`. */
  grow(total: number): void | Promise<void> {
    if (total <= this.reserved && Date.now() < this.touchAgainAt) return;
    const isLimited = this.quota.isLimited(this.ownerId);
    if (isLimited !== false) return this.reserveAhead(total, isLimited);
  }

  /** The upload has ended with these contents; see {@link StorageQuota.reserveContents}. */
  settle(blobs: readonly BlobRef[]): Promise<void> {
    return this.quota.reserveContents(this.ownerId, this.key, blobs);
  }

  release(): Promise<void> {
    return this.quota.release(this.ownerId, this.key);
  }

  /** Less and less ahead, where the rest of the room does not suffice: an upload that fits is never refused for what it may become. */
  private async reserveAhead(total: number, isLimited: true | Promise<boolean>): Promise<void> {
    if (!(await isLimited)) return;
    if (total <= this.reserved) return this.reserve(this.reserved);
    for (;;) {
      const ahead = Math.min(this.mostAhead, Math.max(FIRST_STEP, total));
      try {
        return await this.reserve(total + ahead);
      } catch (error) {
        if (ahead === 0 || !isDomainError(error, 'quota_exceeded')) throw error;
        this.mostAhead = ahead > SMALLEST_STEP ? Math.floor(ahead / 2) : 0;
      }
    }
  }

  private async reserve(bytes: number): Promise<void> {
    await this.quota.reserve(this.ownerId, this.key, bytes);
    this.reserved = bytes;
    this.touchAgainAt = Date.now() + TOUCH_EVERY_MS;
  }
}
