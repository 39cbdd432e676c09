import { Injectable } from '@nestjs/common';
import type { blobsContract, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';

/** Figures for administrators. Reads every row of the ledger, so it is not for a hot path. */
@Injectable()
export class GetUsage {
  constructor(@InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase) {}

  async run(): Promise<ResponseOf<typeof blobsContract, 'getUsage'>> {
    const [row] = await this.database.query<Record<string, number | string>>(
      `SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes,
         count(*) FILTER (WHERE unlinked_at IS NOT NULL) AS unlinked_blobs,
         coalesce(sum(size) FILTER (WHERE unlinked_at IS NOT NULL), 0) AS unlinked_bytes,
         (SELECT count(*) FROM link WHERE provisional) AS provisional_links
       FROM blob`,
    );
    // A sum of bigint is a numeric, which arrives as text.
    const figure = (name: string): number => Number(row?.[name] ?? 0);
    return {
      blobs: figure('blobs'),
      bytes: figure('bytes'),
      unlinkedBlobs: figure('unlinked_blobs'),
      unlinkedBytes: figure('unlinked_bytes'),
      provisionalLinks: figure('provisional_links'),
    };
  }
}
