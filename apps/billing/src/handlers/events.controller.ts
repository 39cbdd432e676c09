import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { authEvents, metadataEvents, type EventEnvelope, type EventPayload } from '@packhouse/contracts';
import { TakesRuns } from '@packhouse/messaging';
import { SettleContents } from '../use-cases/settle-contents';
import { StorageLimits } from '../use-cases/storage-limits';

type PublishedEvent = EventEnvelope<
  EventPayload<typeof metadataEvents.versionPublished> | EventPayload<typeof metadataEvents.versionRestored>
>;

/** Follows what becomes of content and of owners. What is done depends on how things are now: events may come again, or late. */
@Controller()
export class EventsController {
  constructor(
    private readonly contents: SettleContents,
    private readonly limits: StorageLimits,
  ) {}

  /** Publishing what was deleted brings it back. */
  @EventPattern([metadataEvents.versionPublished.type, metadataEvents.versionRestored.type])
  @TakesRuns()
  async settle(events: readonly PublishedEvent[]): Promise<void> {
    await this.contents.run([...new Set(events.map(({ payload }) => payload.ownerId))]);
  }

  @EventPattern(authEvents.accountDeleted.type)
  async drop({ payload }: EventEnvelope<EventPayload<typeof authEvents.accountDeleted>>): Promise<void> {
    await this.limits.drop(payload.accountId);
  }
}
