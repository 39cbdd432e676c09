import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { EventEnvelope } from '@packhouse/contracts';
import { auditedEventTypes } from '../entries/audited-events';
import { RecordEvent } from '../use-cases/record-event';

/** Hears every event that any service declares. An entry has the id of its event, so one that comes again changes nothing. */
@Controller()
export class EventsController {
  constructor(private readonly records: RecordEvent) {}

  @EventPattern(auditedEventTypes)
  async record(event: EventEnvelope): Promise<void> {
    await this.records.run(event);
  }
}
