import { billingContract } from '@packhouse/contracts';
import { defineService } from '@packhouse/runtime';
import { billingSettings } from './billing-settings';
import { BillingModule } from './billing.module';
import { ExpireReservationsJob } from './jobs/expire-reservations.job';
import { billingSchema } from './persistence/billing.schema';

export const billingService = defineService({
  name: 'billing',
  module: BillingModule,
  contract: billingContract,
  schema: billingSchema,
  jobs: [ExpireReservationsJob],
  settings: billingSettings,
});
