import type { ServiceSchema } from '@packhouse/database';
import { CreateAuditLog1767500000000 } from './create-audit-log.migration';

/** Name of this service's Postgres schema. */
export const AUDIT_SCHEMA = 'audit';

/** One table that only grows: it is worked on in SQL and has no entities. */
export const auditSchema: ServiceSchema = {
  name: AUDIT_SCHEMA,
  entities: [],
  migrations: [CreateAuditLog1767500000000],
};
