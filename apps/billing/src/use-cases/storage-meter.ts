import { Injectable } from '@nestjs/common';
import { MAX_MEASURED, metadataContract, type MetadataClient } from '@packhouse/contracts';
import { InjectClient } from '@packhouse/messaging';
import type { Measured } from './tally';

/** What owners use, as their versions say it. */
@Injectable()
export class StorageMeter {
  constructor(@InjectClient(metadataContract) private readonly metadata: MetadataClient) {}

  /** With which of these contents no version has. */
  async measure(ownerId: string, addresses: readonly string[]): Promise<Measured> {
    const absent = new Set<string>();
    let bytes = 0;
    // One after another: what is published in between is in the later sum at least.
    for (let from = 0; from === 0 || from < addresses.length; from += MAX_MEASURED) {
      const besides = addresses.slice(from, from + MAX_MEASURED);
      const part = await this.metadata.measureStorage({ ownerId, besides });
      bytes = part.bytes;
      for (const sha256 of part.absent) absent.add(sha256);
    }
    return { bytes, absent };
  }
}
