import type { ServiceSchema } from '@packhouse/database';
import { CreateStorageLimits1768000000000 } from './create-storage-limits.migration';

/** Name of this service's Postgres schema. */
export const BILLING_SCHEMA = 'billing';

/** Worked on in SQL, without entities. */
export const billingSchema: ServiceSchema = {
  name: BILLING_SCHEMA,
  entities: [],
  migrations: [CreateStorageLimits1768000000000],
};
