import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  factKey,
  type AuthClient,
  type billingContract,
  type RequestOf,
  type StoredContent,
} from '@packhouse/contracts';
import { Settings } from '@packhouse/config';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError, formatBytes, HOUR, SECOND } from '@packhouse/kernel';
import { FactCache, InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { billingSettings } from '../billing-settings';
import { BILLING_SCHEMA } from '../persistence/billing.schema';
import {
  deleteUpload,
  endKey,
  listReservations,
  lockLimit,
  prolongUpload,
  readSnapshot,
  UPLOAD,
  writeReservations,
  type Snapshot,
} from '../persistence/reservations';
import { StorageMeter } from './storage-meter';
import { tally, type Measured, type Tally, type Wish } from './tally';

type Contract = typeof billingContract;

const UPLOAD_LIFETIME = HOUR;
/** Contents that no upload of their own brought. */
const NO_KEY = '';
const NO_CONTENTS: ReadonlyMap<string, number> = new Map();
/** Others reserve in between; after so many the sum that may be too large decides. */
const MOST_TRIES = 10;

/** How long a look at the versions of an owner serves uploads; far shorter than ended reservations stay. */
const LOOK_LASTS = 10 * SECOND;
const MOST_LOOKS = 1000;

/** What an owner had reserved, and what its versions had a moment later. */
interface Look {
  readonly snapshot: Snapshot;
  readonly measured: Measured;
}

/** A wish that does not fit. */
interface Refusal {
  readonly limit: number;
  readonly counted: Tally;
}

/**
 * Reserves storage below the limit of an owner. What versions have is known elsewhere and is asked for without a lock; the lock
 * of the limit is held only while the reservations are added to that, so that many at a time never pass the limit together.
 * An upload that grows step by step does not ask each time: whatever was published since a look is among the reservations that
 * came or ended since, so an older look may refuse too much and never grants too much. Nothing is refused for an older look.
 */
@Injectable()
export class ReserveStorage {
  private readonly contentLifetime: number;
  private readonly looks: FactCache<Look>;

  constructor(
    @InjectDatabase(BILLING_SCHEMA) private readonly database: ServiceDatabase,
    private readonly meter: StorageMeter,
    @InjectClient(authContract) private readonly auth: AuthClient,
    settings: Settings,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.contentLifetime = settings.of(billingSettings).reservationHours * HOUR;
    this.looks = new FactCache(invalidations, { max: MOST_LOOKS, ttlMs: LOOK_LASTS });
  }

  async reserveUpload(request: RequestOf<Contract, 'reserveStorage'>): Promise<void> {
    const { ownerId, key, bytes, endIfRefused } = request;
    const isReserved = await prolongUpload(this.database, {
      ...{ ownerId, key, bytes, lifetimeMs: UPLOAD_LIFETIME },
    });
    if (isReserved) return;
    const wish = { key, upload: bytes, contents: NO_CONTENTS };
    const look = await this.findLook(ownerId);
    if (look && (await this.decide(ownerId, look, wish))) await this.grant(ownerId, wish, endIfRefused);
  }

  async reserveContents({ ownerId, key, contents }: RequestOf<Contract, 'reserveContents'>): Promise<void> {
    await this.grant(ownerId, { key: key ?? NO_KEY, upload: null, contents: sizesOf(contents) });
  }

  async release({ ownerId, key }: RequestOf<Contract, 'releaseStorage'>): Promise<void> {
    await this.database.transaction(async (manager) => {
      if ((await lockLimit(manager, ownerId)) !== null) await endKey(manager, ownerId, key);
    });
  }

  private async grant(ownerId: string, wish: Wish, endIfRefused = false): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const look = await this.look(ownerId, wish.contents);
      const isFinal = ({ isExact }: Tally) => isExact || tries === MOST_TRIES;
      const refusal =
        look && (await this.decide(ownerId, look, wish, (tally) => endIfRefused && isFinal(tally)));
      if (!refusal) return;
      if (isFinal(refusal.counted)) throw await this.explain(ownerId, refusal);
    }
  }

  /** Null: the owner has no limit. */
  private async look(ownerId: string, contents: Wish['contents']): Promise<Look | null> {
    const snapshot = await readSnapshot(this.database, ownerId);
    if (!snapshot) return null;
    const addresses = new Set([...snapshot.contents.keys(), ...contents.keys()]);
    return { snapshot, measured: await this.meter.measure(ownerId, [...addresses]) };
  }

  /** One of the last seconds. Packages that got another owner came without a reservation. */
  private findLook(ownerId: string): Promise<Look | null> {
    const keys = [factKey.storageLimit(ownerId), factKey.packages(ownerId)];
    return this.looks.find(ownerId, async () => {
      const value = await this.look(ownerId, NO_CONTENTS);
      return value && { value, keys };
    });
  }

  /** Null: it is reserved. Whoever is above the limit already may still do what adds nothing. */
  private decide(
    ownerId: string,
    { snapshot, measured }: Look,
    wish: Wish,
    endsRefused: (counted: Tally) => boolean = () => false,
  ): Promise<Refusal | null> {
    return this.database.transaction(async (manager) => {
      const limit = await lockLimit(manager, ownerId);
      if (limit === null) return null;
      const rows = await listReservations(manager, ownerId, snapshot.at);
      const counted = tally(snapshot, measured, rows, wish);
      const addsNothing = counted.isExact && counted.after <= counted.before;
      if (counted.after > limit && !addsNothing) {
        if (endsRefused(counted)) await endKey(manager, ownerId, wish.key);
        return { limit, counted };
      }
      const isUpload = wish.upload !== null;
      if (!isUpload) await deleteUpload(manager, ownerId, wish.key);
      await writeReservations(manager, {
        ...{ ownerId, key: wish.key },
        bytes: isUpload ? new Map([[UPLOAD, counted.upload]]) : counted.contents,
        lifetimeMs: isUpload ? UPLOAD_LIFETIME : this.contentLifetime,
      });
      return null;
    });
  }

  private async explain(ownerId: string, { limit, counted }: Refusal): Promise<DomainError> {
    const { accounts } = await this.auth.getAccounts({ ids: [ownerId] });
    const { used, before, after } = counted;
    return new DomainError(
      'quota_exceeded',
      `${accounts[0]?.login ?? 'The owner'} may store ${formatBytes(limit)}; ${formatBytes(used)} are used and ${formatBytes(before - used)} reserved by uploads under way, so ${formatBytes(after - before)} more do not fit (1 GB is 10^9 bytes). Delete versions that nobody needs, or ask an administrator of this site for more.`,
      { limit, used, reserved: before - used },
    );
  }
}

function sizesOf(contents: readonly StoredContent[]): Map<string, number> {
  return new Map(contents.map(({ sha256, size }) => [sha256, size]));
}
