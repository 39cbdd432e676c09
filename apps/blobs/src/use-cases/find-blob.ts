import { Injectable } from '@nestjs/common';
import type { blobsContract, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';

interface BlobRow {
  readonly size: number;
  readonly sha256: string;
  readonly md5: string | null;
  readonly sha1: string | null;
  readonly sha512: string | null;
}

/** Looks content up. The answer is a fact of the moment: only a link keeps the content. */
@Injectable()
export class FindBlob {
  constructor(@InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase) {}

  async run(sha256: string): Promise<ResponseOf<typeof blobsContract, 'findBlob'>> {
    const [row] = await this.database.query<BlobRow>(
      'SELECT size, sha256, md5, sha1, sha512 FROM blob WHERE sha256 = $1',
      [sha256],
    );
    if (!row) return { blob: null };
    const { size, md5, sha1, sha512 } = row;
    // Absent digests must be absent, not null.
    return {
      blob: {
        size,
        digests: { sha256, ...(md5 && { md5 }), ...(sha1 && { sha1 }), ...(sha512 && { sha512 }) },
      },
    };
  }
}
