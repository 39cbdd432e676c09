import { Inject, Injectable } from '@nestjs/common';
import {
  collectionEvents,
  type blobsContract,
  type Collection,
  type RequestOf,
  type ResponseOf,
} from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { formatBytes } from '@packhouse/kernel';
import { outboxToken, type Outbox } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import {
  addFigures,
  countUnused,
  insertCollection,
  interruptCollection,
  listCollections,
  NOTHING,
  updateCollection,
  type CollectionFigures,
} from '../persistence/collections';
import { CollectBlobs } from './collect-blobs';
import { TakeInventory } from './take-inventory';

type Contract = typeof blobsContract;
type Asked = RequestOf<Contract, 'collectBlobs'>;
type Begun = ResponseOf<Contract, 'collectBlobs'>;
type Terms = Pick<Collection, 'kind' | 'dryRun'>;

/** Removals of content that nothing uses and what they came to: on schedule, on request, or only counted. */
@Injectable()
export class Collections {
  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @Inject(outboxToken(BLOBS_SCHEMA)) private readonly outbox: Outbox,
    private readonly collector: CollectBlobs,
    private readonly inventory: TakeInventory,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async request({ dryRun, actor }: Asked): Promise<Begun> {
    const terms = { kind: 'collection', dryRun } as const;
    const begun = await this.begin(terms, actor, collectionEvents.collectionRequested);
    if (dryRun) {
      const unused = await countUnused(this.database, this.collector.graceMs);
      return { collection: await updateCollection(this.database, begun.id, { ...NOTHING, ...unused }, true) };
    }
    this.goOn(this.record(terms, this.collector.run(), begun));
    return { collection: begun };
  }

  async requestInventory({ dryRun, actor }: Asked): Promise<Begun> {
    const terms = { kind: 'inventory', dryRun } as const;
    const begun = await this.begin(terms, actor, collectionEvents.inventoryRequested);
    this.goOn(this.record(terms, this.inventory.run({ dryRun, isAsked: true }), begun));
    return { collection: begun };
  }

  list(request: RequestOf<Contract, 'listCollections'>): Promise<ResponseOf<Contract, 'listCollections'>> {
    return listCollections(this.database, request);
  }

  /** One sweep over what the ledger knows as unused. */
  collect(): Promise<void> {
    return this.record({ kind: 'collection', dryRun: false }, this.collector.run());
  }

  /** One comparison of what is stored with the ledger. */
  takeInventory(): Promise<void> {
    const terms = { kind: 'inventory', dryRun: false } as const;
    return this.record(terms, this.inventory.run({ dryRun: false, isAsked: false }));
  }

  private begin(
    terms: Terms,
    actor: Asked['actor'],
    event: (typeof collectionEvents)[keyof typeof collectionEvents],
  ): Promise<Collection> {
    return this.database.transaction(async (manager) => {
      const made = await insertCollection(manager, { ...terms, requestedBy: actor.login });
      await this.outbox.record(manager, event, { collectionId: made.id, dryRun: terms.dryRun }, actor);
      return made;
    });
  }

  /** Behind the answer; whatever stops it, the schedule removes the rest. */
  private goOn(work: Promise<void>): void {
    void work.catch((error: unknown) =>
      this.logger.error({ cause: String(error) }, 'A collection was broken off'),
    );
  }

  /** Adds up the steps; what nobody asked for is on record from the first that finds something. */
  private async record(
    terms: Terms,
    steps: AsyncIterable<CollectionFigures>,
    begun: Collection | null = null,
  ): Promise<void> {
    let record = begun;
    let figures = NOTHING;
    const note = async (isOver: boolean): Promise<void> => {
      if (hasFound(figures)) record ??= await this.insertScheduled(terms);
      if (record) await updateCollection(this.database, record.id, figures, isOver);
    };
    try {
      for await (const step of steps) {
        figures = addFigures(figures, step);
        await note(false);
      }
      await note(true);
    } catch (error) {
      if (record) await interruptCollection(this.database, record.id).catch(() => undefined);
      throw error;
    }
    if (hasFound(figures)) this.logger.info(figures, summaryOf(terms, figures));
  }

  private insertScheduled(terms: Terms): Promise<Collection> {
    return this.database.transaction((manager) => insertCollection(manager, { ...terms, requestedBy: null }));
  }
}

function hasFound({ blobs, failed, missing }: CollectionFigures): boolean {
  return blobs + failed + missing > 0;
}

function summaryOf({ kind, dryRun }: Terms, { bytes }: CollectionFigures): string {
  const freed = `${formatBytes(bytes)} ${dryRun ? 'would be freed' : 'freed'}`;
  return kind === 'collection'
    ? `Collected unused content: ${freed}`
    : `Took an inventory of content: ${freed}`;
}
