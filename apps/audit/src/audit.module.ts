import { Module } from '@nestjs/common';
import { auditContract } from '@packhouse/contracts';
import { maintenanceController } from '@packhouse/jobs';
import { KnownNames } from './entries/known-names';
import { AuditController } from './handlers/audit.controller';
import { EventsController } from './handlers/events.controller';
import { DeleteExpiredEntriesJob } from './jobs/delete-expired-entries.job';
import { EntryTable } from './persistence/entry-table';
import { ListEntries } from './use-cases/list-entries';
import { RecordEvents } from './use-cases/record-events';
import { RecordReads } from './use-cases/record-reads';

/** The audit log: what the events of all services say that people did. */
@Module({
  controllers: [maintenanceController(auditContract), AuditController, EventsController],
  providers: [EntryTable, KnownNames, RecordEvents, RecordReads, ListEntries, DeleteExpiredEntriesJob],
})
export class AuditModule {}
