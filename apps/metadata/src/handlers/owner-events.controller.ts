import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { authEvents, type EventEnvelope, type EventPayload } from '@packhouse/contracts';
import { FollowOwners } from '../use-cases/follow-owners';

type Told<K extends keyof typeof authEvents> = EventEnvelope<EventPayload<(typeof authEvents)[K]>>;

/** Packages follow what becomes of their owners and repositories. */
@Controller()
export class OwnerEventsController {
  constructor(private readonly follow: FollowOwners) {}

  @EventPattern(authEvents.repositoryTransferred.type)
  repositoryTransferred(event: Told<'repositoryTransferred'>): Promise<void> {
    return this.follow.repositoryTransferred(event);
  }

  @EventPattern(authEvents.repositoryDeleted.type)
  repositoryDeleted(event: Told<'repositoryDeleted'>): Promise<void> {
    return this.follow.repositoryDeleted(event);
  }

  @EventPattern(authEvents.repositoryChanged.type)
  repositoryChanged(event: Told<'repositoryChanged'>): Promise<void> {
    return this.follow.repositoryChanged(event);
  }

  @EventPattern(authEvents.accountDeleted.type)
  accountDeleted(event: Told<'accountDeleted'>): Promise<void> {
    return this.follow.accountDeleted(event);
  }

  @EventPattern(authEvents.accountRenamed.type)
  accountRenamed(event: Told<'accountRenamed'>): Promise<void> {
    return this.follow.accountRenamed(event);
  }
}
