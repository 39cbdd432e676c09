import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import type { Job } from '@packhouse/jobs';
import { DAY, HOUR } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { auditSettings } from '../audit-settings';
import { readActions } from '../entries/action-names';
import { EntryTable } from '../persistence/entry-table';

/** Ends the life of entries that were kept as long as the setting says. */
@Injectable()
export class DeleteExpiredEntriesJob implements Job {
  readonly name = 'audit.delete-expired-entries';
  readonly everyMs = HOUR;

  constructor(
    private readonly table: EntryTable,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    const { keptDays, readsKeptDays } = this.settings.of(auditSettings);
    await this.deleteOlder(keptDays, null);
    await this.deleteOlder(readsKeptDays, Object.values(readActions));
  }

  private async deleteOlder(days: number, actions: readonly string[] | null): Promise<void> {
    if (days === 0) return;
    const until = new Date(Date.now() - days * DAY);
    const deleted = await this.table.deleteBefore(until, actions);
    if (deleted > 0) this.logger.info({ deleted, until }, 'Entries of the audit log ended their time');
  }
}
