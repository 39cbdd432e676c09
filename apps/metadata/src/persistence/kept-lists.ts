import { Inject, Injectable } from '@nestjs/common';
import { factKey, type Readable } from '@packhouse/contracts';
import { sha256Hex } from '@packhouse/kernel';
import { FactCache, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';

/** A list of an owner's packages as somebody may see it: ids in order, 16 bytes each. */
export interface KeptOrder {
  readonly ids: Buffer;
}

/** What makes two lists the same one. */
export interface ListName {
  readonly kind: string;
  readonly ownerIds: readonly string[];
  readonly readable: Readable;
  /** Filters and order. */
  readonly rest: unknown;
}

const ID_BYTES = 16;
/** All orders in memory together. */
const MAX_BYTES = 48_000_000;
const MAX_COUNTS = 20_000;
/** What an order without ids counts for. */
const OWN_WEIGHT = 500;

/**
 * Orders and lengths of lists, kept until the packages of one of their owners change. Whoever may see the same sees the
 * same list: readers with equal conditions share it. A deep page then costs what the first costs, and no total is counted
 * for every page.
 */
@Injectable()
export class KeptLists {
  private readonly orders: FactCache<KeptOrder>;
  private readonly totals: FactCache<{ readonly total: number }>;

  constructor(@Inject(INVALIDATIONS) invalidations: Invalidations) {
    this.orders = new FactCache(invalidations, {
      max: MAX_BYTES,
      weigh: ({ ids }) => ids.length + OWN_WEIGHT,
    });
    this.totals = new FactCache(invalidations, { max: MAX_COUNTS });
  }

  async order(name: ListName, read: () => Promise<Buffer>): Promise<KeptOrder> {
    const keys = keysOf(name);
    const order = await this.orders.find(textOf(name), async () => ({ value: { ids: await read() }, keys }));
    return order ?? { ids: Buffer.alloc(0) };
  }

  async total(name: ListName, read: () => Promise<number>): Promise<number> {
    const keys = keysOf(name);
    const found = await this.totals.find(textOf(name), async () => ({
      value: { total: await read() },
      keys,
    }));
    return found?.total ?? 0;
  }
}

/** How many packages an order has. */
export function lengthOf({ ids }: KeptOrder): number {
  return ids.length / ID_BYTES;
}

/** A part of an order, as Postgres reads ids. */
export function sliceOf({ ids }: KeptOrder, offset: number, limit: number): string[] {
  const part = ids.subarray(offset * ID_BYTES, (offset + limit) * ID_BYTES).toString('hex');
  return part.match(/.{32}/g) ?? [];
}

function keysOf({ ownerIds }: ListName): string[] {
  return ownerIds.map((ownerId) => factKey.packages(ownerId));
}

/** Ids that are many are named by their key. */
function textOf({ kind, ownerIds, rest, readable }: ListName): string {
  const { everything, repositoryScoped, disabledFormats, namePatterns, elsewhere } = readable;
  const { ownerIds: own, internalOwnerIds, inheritingOwnerIds } = readable;
  const { repositoryIds, packageIds, workflowPackageIds } = readable;
  const ids = elsewhere
    ? elsewhere.key
    : [own, internalOwnerIds, inheritingOwnerIds, repositoryIds, packageIds, workflowPackageIds];
  const conditions = [everything, repositoryScoped, disabledFormats, namePatterns, ids];
  return sha256Hex(JSON.stringify([kind, ownerIds, rest, conditions]));
}
