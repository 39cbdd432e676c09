import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { MINUTE } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { LOGGER, type Logger } from '@packhouse/observability';
import { blobSettings } from '../blob-settings';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { confirmLinks } from '../persistence/links';
import { DropLinks } from '../use-cases/drop-links';

const BATCH = 500;
const MOST_MINUTES = 5;
const NO_VERSION = '00000000-0000-0000-0000-000000000000';

/** Decides about publishes that never said how they ended: their process was killed, or its last message was lost. */
@Injectable()
export class ExpireProvisionalLinksJob implements Job {
  readonly name = 'blobs.expire-provisional-links';
  readonly everyMs: number;
  private readonly graceMs: number;

  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly drops: DropLinks,
    settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const { graceMinutes, collectMinutes } = settings.of(blobSettings);
    this.graceMs = graceMinutes * MINUTE;
    // what this drops is what the collection finds
    this.everyMs = Math.min(MOST_MINUTES, collectMinutes) * MINUTE;
  }

  async run(): Promise<void> {
    let after: string | undefined = NO_VERSION;
    while (after !== undefined) {
      const versionIds = await this.listExpired(after);
      if (versionIds.length > 0) await this.settle(versionIds);
      after = versionIds.length === BATCH ? versionIds.at(-1) : undefined;
    }
  }

  private async settle(versionIds: readonly string[]): Promise<void> {
    const live = new Set((await this.metadata.findLiveVersions({ versionIds: [...versionIds] })).versionIds);
    for (const versionId of versionIds) {
      try {
        if (live.has(versionId)) await confirmLinks(this.database, [versionId]);
        else await this.drops.dropProvisional(versionId);
      } catch (error) {
        this.logger.error(
          { versionId, cause: String(error) },
          'The links of an unfinished publish could not be settled',
        );
      }
    }
    this.logger.info(
      { confirmed: live.size, dropped: versionIds.length - live.size },
      'Settled unfinished publishes',
    );
  }

  private async listExpired(after: string): Promise<string[]> {
    const rows = await this.database.query<{ version_id: string }>(
      `SELECT DISTINCT version_id FROM link
       WHERE provisional AND version_id > $1 AND created_at <= now() - $2 * interval '1 millisecond'
       ORDER BY version_id LIMIT ${BATCH}`,
      [after, this.graceMs],
    );
    return rows.map((row) => row.version_id);
  }
}
