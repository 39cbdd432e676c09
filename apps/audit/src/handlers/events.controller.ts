import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { EventEnvelope } from '@packhouse/contracts';
import { TakesRuns } from '@packhouse/messaging';
import { auditedEventTypes } from '../entries/audited-events';
import { RecordEvents } from '../use-cases/record-events';

/** Hears every event that any service declares. An entry has the id of its event, so one that comes again changes nothing. */
@Controller()
export class EventsController {
  constructor(private readonly records: RecordEvents) {}

  @EventPattern(auditedEventTypes)
  @TakesRuns()
  async record(events: readonly EventEnvelope[]): Promise<void> {
    await this.records.run(events);
  }
}
