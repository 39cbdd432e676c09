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
import { countUnused, insertCollection, listCollections, updateCollection } from '../persistence/collections';
import { CollectBlobs } from './collect-blobs';

type Contract = typeof blobsContract;

const NOTHING = { blobs: 0, bytes: 0, kept: 0, failed: 0 };

/** Collections of unused content and what they came to: on schedule, on request, or only counted. */
@Injectable()
export class Collections {
  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @Inject(outboxToken(BLOBS_SCHEMA)) private readonly outbox: Outbox,
    private readonly collector: CollectBlobs,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async request({
    dryRun,
    actor,
  }: RequestOf<Contract, 'collectBlobs'>): Promise<ResponseOf<Contract, 'collectBlobs'>> {
    const begun = await this.database.transaction(async (manager) => {
      const made = await insertCollection(manager, dryRun, actor.login);
      const told = { collectionId: made.id, dryRun };
      await this.outbox.record(manager, collectionEvents.collectionRequested, told, actor);
      return made;
    });
    if (dryRun) {
      const unused = await countUnused(this.database, this.collector.graceMs);
      return { collection: await updateCollection(this.database, begun.id, { ...NOTHING, ...unused }, true) };
    }
    // Goes on behind the answer; whatever stops it, the schedule removes the rest.
    void this.collect(begun).catch((error: unknown) =>
      this.logger.error({ cause: String(error) }, 'A collection was broken off'),
    );
    return { collection: begun };
  }

  list(request: RequestOf<Contract, 'listCollections'>): Promise<ResponseOf<Contract, 'listCollections'>> {
    return listCollections(this.database, request);
  }

  /** One sweep; it is on record from the first batch that finds something. */
  async collect(begun: Collection | null = null): Promise<void> {
    let record = begun;
    let figures = NOTHING;
    let after: string | null = '';
    while (after !== null) {
      const { last, ...batch } = await this.collector.runBatch(after);
      after = last;
      figures = {
        blobs: figures.blobs + batch.blobs,
        bytes: figures.bytes + batch.bytes,
        kept: figures.kept + batch.kept,
        failed: figures.failed + batch.failed,
      };
      if (figures.blobs + figures.failed > 0)
        record ??= await this.database.transaction((manager) => insertCollection(manager, false, null));
      if (record) await updateCollection(this.database, record.id, figures, after === null);
    }
    if (figures.blobs + figures.failed > 0)
      this.logger.info(figures, `Collected unused content: ${formatBytes(figures.bytes)} freed`);
  }
}
