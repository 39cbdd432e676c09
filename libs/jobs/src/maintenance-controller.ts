import { Controller, Inject, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  maintenanceEvents,
  maintenanceOperations,
  patternOf,
  type Contract,
  type MaintainedContract,
  type RequestOf,
  type ResponseOf,
} from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import {
  EVENT_CONSUMERS,
  outboxToken,
  ParkedEvents,
  type EventConsumers,
  type Outbox,
} from '@packhouse/messaging';
import { FailedJobs } from './failed-jobs';

type Name = keyof typeof maintenanceOperations;
type Ask<K extends Name> = RequestOf<MaintainedContract, K>;
type Answer<K extends Name> = Promise<ResponseOf<MaintainedContract, K>>;

/**
 * A controller that answers the maintenance operations of a service: each service with a schema lists one among the
 * controllers of its module. The schema has the name of the service.
 */
export function maintenanceController({ service }: Contract): Type {
  const pattern = (name: Name): string => patternOf({ service, operations: maintenanceOperations }, name);

  @Controller()
  class MaintenanceController {
    private readonly parked: ParkedEvents;

    constructor(
      @Inject(databaseToken(service)) private readonly database: ServiceDatabase,
      @Inject(outboxToken(service)) private readonly outbox: Outbox,
      @Inject(EVENT_CONSUMERS) consumers: EventConsumers,
    ) {
      this.parked = new ParkedEvents(service, database, outbox, consumers);
    }

    @MessagePattern(pattern('getEventPosition'))
    async getEventPosition({ source }: Ask<'getEventPosition'>): Answer<'getEventPosition'> {
      return { reader: await this.parked.findReader(source) };
    }

    @MessagePattern(pattern('listParkedEvents'))
    listParkedEvents({ offset, limit }: Ask<'listParkedEvents'>): Answer<'listParkedEvents'> {
      return this.parked.list(offset, limit);
    }

    @MessagePattern(pattern('retryParkedEvent'))
    retryParkedEvent({ eventId, actor }: Ask<'retryParkedEvent'>): Answer<'retryParkedEvent'> {
      return this.parked.retry(eventId, actor);
    }

    @MessagePattern(pattern('discardParkedEvent'))
    async discardParkedEvent({ eventId, actor }: Ask<'discardParkedEvent'>): Answer<'discardParkedEvent'> {
      await this.parked.discard(eventId, actor);
      return {};
    }

    @MessagePattern(pattern('listFailedJobs'))
    listFailedJobs({ offset, limit }: Ask<'listFailedJobs'>): Answer<'listFailedJobs'> {
      return new FailedJobs(this.database).list(offset, limit);
    }

    @MessagePattern(pattern('retryFailedJob'))
    retryFailedJob(request: Ask<'retryFailedJob'>): Answer<'retryFailedJob'> {
      return retryJob(service, this.database, this.outbox, request);
    }
  }

  return MaintenanceController;
}

function retryJob(
  service: string,
  database: ServiceDatabase,
  outbox: Outbox,
  { jobId, actor }: Ask<'retryFailedJob'>,
): Answer<'retryFailedJob'> {
  return database.transaction(async (manager) => {
    const job = await new FailedJobs(database).requeue(manager, jobId);
    if (!job) throw new DomainError('not_found', `${service} has no failed job ${jobId}.`);
    const told = { service, jobId, name: job.name };
    await outbox.record(manager, maintenanceEvents.jobRetried, told, actor);
    return { outcome: job.outcome };
  });
}
