import { auditContract } from '@packhouse/contracts';
import { defineService } from '@packhouse/runtime';
import { auditSettings } from './audit-settings';
import { AuditModule } from './audit.module';
import { DeleteExpiredEntriesJob } from './jobs/delete-expired-entries.job';
import { auditSchema } from './persistence/audit.schema';

export const auditService = defineService({
  name: 'audit',
  module: AuditModule,
  contract: auditContract,
  schema: auditSchema,
  jobs: [DeleteExpiredEntriesJob],
  settings: auditSettings,
});
