import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import type { Job } from '@packhouse/jobs';
import { MINUTE } from '@packhouse/kernel';
import { LOGGER, type Logger } from '@packhouse/observability';
import { metadataSettings } from '../metadata-settings';
import { PurgeRepository } from '../persistence/purge.repository';
import { PurgeContent } from '../use-cases/purge-content';
import { RestoreWindow } from '../use-cases/restore-window';

const BATCH = 100;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Purges what was deleted so long ago that it cannot be restored. A package that fails is tried again the next time. */
@Injectable()
export class PurgeDeleted implements Job {
  readonly name = 'metadata.purge-deleted';
  readonly everyMs: number;

  constructor(
    settings: Settings,
    private readonly purges: PurgeRepository,
    private readonly content: PurgeContent,
    private readonly window: RestoreWindow,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.everyMs = settings.of(metadataSettings).purgeMinutes * MINUTE;
  }

  async run(): Promise<void> {
    const deletedUntil = this.window.end();
    let after: string | undefined = BEFORE_ALL;
    while (after !== undefined) {
      const packageIds = await this.purges.listDue(deletedUntil, after, BATCH);
      for (const packageId of packageIds) await this.purge(packageId, deletedUntil);
      after = packageIds.length === BATCH ? packageIds.at(-1) : undefined;
    }
  }

  private async purge(packageId: string, deletedUntil: Date): Promise<void> {
    try {
      await this.content.execute(packageId, deletedUntil);
    } catch (error) {
      this.logger.error({ packageId, cause: String(error) }, 'Deleted content could not be purged');
    }
  }
}
