import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore, type StoredBlob, type StrayContent } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DAY } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { blobSettings } from '../blob-settings';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { NOTHING, type CollectionFigures } from '../persistence/collections';
import { claimOrphans, findInUse, listRecorded, releaseOrphans } from '../persistence/orphans';
import { removeEach } from './remove-each';

/** Orphans that are claimed at a time: a push that brings one of them again waits for as many removals at most. */
const BATCH = 50;
/** Orphans that are held until it is clear whether they are the exception: addresses come in random order, as hashes do. */
const SAMPLE = 500;
/** Above every address. */
const END = 'g';

/** The addresses from one to another, without the first, and what is stored there. */
interface Stretch {
  readonly after: string;
  readonly upTo: string;
  readonly blobs: readonly StoredBlob[];
}

/** How an inventory is meant. */
export interface InventoryTerms {
  readonly dryRun: boolean;
  /** Somebody wants it, and knows the database. */
  readonly isAsked: boolean;
}

/** What was seen so far. */
interface Seen {
  named: number;
  orphans: number;
  /** Orphans that nothing was done about yet. */
  waiting: StoredBlob[];
}

/**
 * Compares what is stored with the ledger, a page at a time: what the ledger does not name goes once it is old; what it names
 * and is not there is told of. It keeps no state: after a crash it begins again.
 */
@Injectable()
export class TakeInventory {
  private readonly orphanMs: number;

  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.orphanMs = settings.of(blobSettings).orphanDays * DAY;
  }

  /** What each step came to. */
  async *run(terms: InventoryTerms): AsyncGenerator<CollectionFigures> {
    const seen: Seen = { named: 0, orphans: 0, waiting: [] };
    let after = '';
    for await (const { blobs, strays } of this.store.takeInventory()) {
      const began = performance.now();
      const upTo = blobs.at(-1)?.sha256 ?? after;
      yield* this.compare({ after, upTo, blobs }, seen);
      if (seen.waiting.length >= SAMPLE && !(yield* this.dropOrphans(seen, terms))) return;
      yield* this.dropStrays(strays, terms.dryRun);
      after = upTo;
      // Others come first: at most half of the time is spent at work.
      await sleep(performance.now() - began);
    }
    yield* this.compare({ after, upTo: END, blobs: [] }, seen);
    yield* this.dropOrphans(seen, terms);
  }

  private async *compare({ after, upTo, blobs }: Stretch, seen: Seen): AsyncGenerator<CollectionFigures> {
    const unnamed = new Map(blobs.map((blob) => [blob.sha256, blob]));
    for await (const rows of listRecorded(this.database, after, upTo)) {
      const doubtful = rows.filter(({ sha256, size }) => unnamed.get(sha256)?.size !== size);
      for (const { sha256 } of rows) if (unnamed.delete(sha256)) seen.named += 1;
      if (doubtful.length > 0) yield this.tellMissing(doubtful.map(({ sha256 }) => sha256));
    }
    seen.waiting.push(...[...unnamed.values()].filter((blob) => this.isOld(blob)));
  }

  /**
   * False: they stay, and so does all that follows. A ledger that names less than half of what is stored is perhaps not the
   * one of this store: nobody's content goes by itself then.
   */
  private async *dropOrphans(
    seen: Seen,
    { dryRun, isAsked }: InventoryTerms,
  ): AsyncGenerator<CollectionFigures, boolean> {
    const orphans = seen.waiting.splice(0);
    seen.orphans += orphans.length;
    if (!isAsked && seen.orphans > seen.named) {
      const sentence =
        'Most of what is stored is not in the ledger: nothing is removed. Check that this is the right database; if it is, run "packhouse blobs inventory"';
      this.logger.error({ named: seen.named, orphans: seen.orphans }, sentence);
      yield { ...NOTHING, failed: orphans.length };
      return false;
    }
    for (let at = 0; at < orphans.length; at += BATCH) {
      const batch = orphans.slice(at, at + BATCH);
      yield dryRun ? countOf(batch) : this.removeOrphans(batch);
    }
    return true;
  }

  /** Asks the ledger first: what is in use at that moment, and not stored after it, is damage. */
  private async tellMissing(addresses: readonly string[]): Promise<CollectionFigures> {
    let [missing, failed] = [0, 0];
    for (const { sha256, size, versionId } of await findInUse(this.database, addresses)) {
      try {
        const stored = await this.store.inspect(sha256);
        if (stored?.size === size) continue;
        missing += 1;
        const facts = { sha256, size, stored: stored?.size ?? null, versionId };
        this.logger.error(facts, 'Content in use is not stored, or cut short: publish it again');
      } catch (error) {
        failed += 1;
        this.logger.error({ sha256, cause: String(error) }, 'Content could not be looked at');
      }
    }
    return { ...NOTHING, missing, failed };
  }

  /**
   * Claims the addresses in the ledger until their bytes are gone: whoever brings the same content waits for that, and then
   * stores its own. What is in the ledger by now has a use; what was stored again lately may get one.
   */
  private removeOrphans(orphans: readonly StoredBlob[]): Promise<CollectionFigures> {
    return this.database.transaction(async (manager) => {
      const claimed = await claimOrphans(manager, orphans);
      const mine = orphans.filter(({ sha256 }) => claimed.has(sha256));
      const remove = async ({ sha256 }: StoredBlob): Promise<boolean> => {
        const now = await this.store.inspect(sha256);
        if (!now || !this.isOld(now)) return false;
        await this.store.remove(sha256);
        return true;
      };
      const { removed, kept, failed } = await removeEach(mine, remove, this.logger);
      await releaseOrphans(manager, [...claimed]);
      return { ...countOf(removed), kept: kept + orphans.length - mine.length, failed };
    });
  }

  /** One after another, as each is read. */
  private async *dropStrays(
    strays: readonly StrayContent[],
    dryRun: boolean,
  ): AsyncGenerator<CollectionFigures> {
    for (const stray of strays.filter((content) => this.isOld(content))) {
      if (dryRun) {
        yield countOf([stray]);
        continue;
      }
      const remove = ({ uploadId }: StrayContent): Promise<boolean> => this.store.removeStray(uploadId);
      const { removed, kept, failed } = await removeEach([stray], remove, this.logger);
      yield { ...countOf(removed), kept, failed };
    }
  }

  private isOld({ modifiedMs }: { readonly modifiedMs: number }): boolean {
    return modifiedMs <= Date.now() - this.orphanMs;
  }
}

function countOf(contents: ReadonlyArray<{ readonly size: number | null }>): CollectionFigures {
  const bytes = contents.reduce((sum, { size }) => sum + (size ?? 0), 0);
  return { ...NOTHING, blobs: contents.length, bytes };
}
