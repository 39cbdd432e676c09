import { Injectable } from '@nestjs/common';
import type { blobsContract, RequestOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { insertLinks } from '../persistence/links';

/**
 * The step of a publish between "the bytes have arrived" and "the version is committed": from here on the collector
 * leaves the content alone. Why the order matters: docs/adr/0007-blob-links-before-commit.md.
 */
@Injectable()
export class LinkBlobs {
  constructor(@InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase) {}

  async run({ versionId, blobs }: RequestOf<typeof blobsContract, 'linkBlobs'>): Promise<void> {
    await insertLinks(this.database, versionId, blobs, true);
  }
}
