import { Inject, Injectable } from '@nestjs/common';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { MINUTE } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { BILLING_SCHEMA } from '../persistence/billing.schema';
import { deleteExpired } from '../persistence/reservations';

const BATCH = 1000;

/** Deletes reservations whose time is up. They count no more from that time on, whenever this runs. */
@Injectable()
export class ExpireReservationsJob implements Job {
  readonly name = 'billing.expire-reservations';
  readonly everyMs = 10 * MINUTE;

  constructor(
    @InjectDatabase(BILLING_SCHEMA) private readonly database: ServiceDatabase,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    let total = 0;
    for (let deleted = BATCH; deleted === BATCH; total += deleted)
      deleted = await this.database.transaction((manager) => deleteExpired(manager, BATCH));
    if (total > 0) this.logger.info({ reservations: total }, 'Reservations of storage ended');
  }
}
