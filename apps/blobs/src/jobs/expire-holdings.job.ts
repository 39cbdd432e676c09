import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { HOUR, MINUTE } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { blobSettings } from '../blob-settings';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { expireHoldings } from '../persistence/holdings';

const BATCH = 500;

/** Lets go of content that was uploaded, or told of, and that nobody asked for since. */
@Injectable()
export class ExpireHoldingsJob implements Job {
  readonly name = 'blobs.expire-holdings';
  readonly everyMs = 5 * MINUTE;
  private readonly afterMs: number;

  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.afterMs = settings.of(blobSettings).holdingHours * HOUR;
  }

  async run(): Promise<void> {
    let total = 0;
    for (;;) {
      const dropped = await this.database.transaction((manager) =>
        expireHoldings(manager, this.afterMs, BATCH),
      );
      if (dropped === 0) break;
      total += dropped;
    }
    if (total > 0) this.logger.info({ holdings: total }, 'Let go of content that no version came to use');
  }
}
