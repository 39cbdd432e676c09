import { Inject, Injectable } from '@nestjs/common';
import {
  metadataContract,
  type metadataEvents,
  type EventPayload,
  type MetadataClient,
} from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { InjectClient } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { confirmLinks, insertLinks } from '../persistence/links';

type PublishedVersion = Pick<EventPayload<typeof metadataEvents.versionPublished>, 'versionId'>;

/** Makes the links of a version firm once it is published. */
@Injectable()
export class ConfirmVersion {
  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(version: PublishedVersion): Promise<void> {
    if ((await confirmLinks(this.database, version.versionId)) > 0) return;
    // No links: either the event is late and the version is purged by now, or the publisher stood still (a laptop
    // that slept) between its link and its commit for so long that the link expired. The grace leaves time to mend that.
    const { files } = await this.metadata.listFiles({ versionId: version.versionId });
    if (files.length === 0) return;
    await insertLinks(this.database, version.versionId, files, false);
    this.logger.warn(
      { versionId: version.versionId, blobs: files.length },
      'A version was committed long after its content was linked: the links were made again',
    );
  }
}
