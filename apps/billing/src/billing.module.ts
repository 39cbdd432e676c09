import { Module } from '@nestjs/common';
import { billingContract } from '@packhouse/contracts';
import { maintenanceController } from '@packhouse/jobs';
import { EventsController } from './handlers/events.controller';
import { LimitsController } from './handlers/limits.controller';
import { ReservationsController } from './handlers/reservations.controller';
import { ExpireReservationsJob } from './jobs/expire-reservations.job';
import { ReserveStorage } from './use-cases/reserve-storage';
import { SettleContents } from './use-cases/settle-contents';
import { StorageLimits } from './use-cases/storage-limits';
import { StorageMeter } from './use-cases/storage-meter';

/** How much owners may store, and what is reserved for what is on its way in. */
@Module({
  controllers: [
    maintenanceController(billingContract),
    LimitsController,
    ReservationsController,
    EventsController,
  ],
  providers: [StorageLimits, StorageMeter, ReserveStorage, SettleContents, ExpireReservationsJob],
})
export class BillingModule {}
