import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { metadataEvents, type EventEnvelope, type EventPayload } from '@packhouse/contracts';
import { TakesRuns } from '@packhouse/messaging';
import { ConfirmVersions } from '../use-cases/confirm-versions';
import { DropLinks } from '../use-cases/drop-links';

/**
 * Follows the life of versions. All handlers may see an event again, or late: what they do depends on the links and
 * the version as they are now, so they need no memory of events.
 */
@Controller()
export class VersionEventsController {
  constructor(
    private readonly confirmation: ConfirmVersions,
    private readonly drops: DropLinks,
  ) {}

  @EventPattern(metadataEvents.versionPublished.type)
  @TakesRuns()
  async confirmLinks(
    events: ReadonlyArray<EventEnvelope<EventPayload<typeof metadataEvents.versionPublished>>>,
  ): Promise<void> {
    await this.confirmation.run(events.map(({ payload }) => payload.versionId));
  }

  /** Not when it is deleted: until it is purged it can be restored. */
  @EventPattern(metadataEvents.versionPurged.type)
  async dropLinks(event: EventEnvelope<EventPayload<typeof metadataEvents.versionPurged>>): Promise<void> {
    await this.drops.dropAll(event.payload.versionId);
  }

  @EventPattern(metadataEvents.stagedVersionDropped.type)
  async dropStaged(
    event: EventEnvelope<EventPayload<typeof metadataEvents.stagedVersionDropped>>,
  ): Promise<void> {
    await this.drops.dropAll(event.payload.versionId);
  }
}
