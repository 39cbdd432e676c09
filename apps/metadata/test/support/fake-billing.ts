import type { BillingClient } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';

/** The billing service as far as it is asked here: one limit for all, and whether there is room below it. */
export class FakeBilling {
  limit: number | null = null;
  isFull = false;
  /** What was reserved and released, in order. */
  readonly told: string[] = [];

  readonly client = {
    findStorageLimit: async () => ({ bytes: this.limit }),
    reserveStorage: async ({ bytes }: { bytes: number }) => {
      if (this.isFull) throw new DomainError('quota_exceeded');
      this.told.push(`reserved ${bytes}`);
      return {};
    },
    releaseStorage: async () => {
      this.told.push('released');
      return {};
    },
  } as unknown as BillingClient;
}
