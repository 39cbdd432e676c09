import { Inject, Injectable } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { InjectClient } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { confirmLinks, insertLinks } from '../persistence/links';

/** Makes the links of versions firm once they are published. */
@Injectable()
export class ConfirmVersions {
  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(versionIds: readonly string[]): Promise<void> {
    const linked = await confirmLinks(this.database, versionIds);
    for (const versionId of versionIds) if (!linked.has(versionId)) await this.linkAgain(versionId);
  }

  private async linkAgain(versionId: string): Promise<void> {
    // No links: either the event is late and the version is purged by now, or the publisher stood still (a laptop
    // that slept) between its link and its commit for so long that the link expired. The grace leaves time to mend that.
    const { files } = await this.metadata.listFiles({ versionId });
    if (files.length === 0) return;
    await insertLinks(this.database, versionId, files, false);
    this.logger.warn(
      { versionId, blobs: files.length },
      'A version was committed long after its content was linked: the links were made again',
    );
  }
}
