import { Injectable } from '@nestjs/common';
import type { blobsContract, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { recordOf, type BlobRow } from '../persistence/recorded-blobs';

/** Looks content up. The answer is a fact of the moment: only a link keeps the content. */
@Injectable()
export class FindBlob {
  constructor(@InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase) {}

  async run(sha256: string): Promise<ResponseOf<typeof blobsContract, 'findBlob'>> {
    const [row] = await this.database.query<BlobRow>(
      'SELECT size, sha256, md5, sha1, sha512 FROM blob WHERE sha256 = $1',
      [sha256],
    );
    return { blob: row ? recordOf(row) : null };
  }
}
