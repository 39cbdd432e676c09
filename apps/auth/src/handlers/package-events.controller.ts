import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { metadataEvents, type EventEnvelope, type EventPayload } from '@packhouse/contracts';
import { CompleteGrants } from '../use-cases/complete-grants';
import { ForgetPackage } from '../use-cases/forget-package';
import { GrantCreator } from '../use-cases/grant-creator';
import { ReplaceGrants } from '../use-cases/replace-grants';

type Told<K extends keyof typeof metadataEvents> = EventEnvelope<EventPayload<(typeof metadataEvents)[K]>>;

/** What happens to packages, as far as access to them goes. */
@Controller()
export class PackageEventsController {
  constructor(
    private readonly grantCreator: GrantCreator,
    private readonly replaceGrants: ReplaceGrants,
    private readonly completeGrants: CompleteGrants,
    private readonly forgetPackage: ForgetPackage,
  ) {}

  @EventPattern(metadataEvents.packageCreated.type)
  packageCreated(event: Told<'packageCreated'>): Promise<void> {
    return this.grantCreator.run(event);
  }

  @EventPattern(metadataEvents.accessModeChanged.type)
  accessModeChanged(event: Told<'accessModeChanged'>): Promise<void> {
    return this.replaceGrants.runLater(event);
  }

  @EventPattern(metadataEvents.versionPublished.type)
  versionPublished(event: Told<'versionPublished'>): Promise<void> {
    return this.completeGrants.run(event);
  }

  @EventPattern(metadataEvents.packagePurged.type)
  packagePurged(event: Told<'packagePurged'>): Promise<void> {
    return this.forgetPackage.run(event);
  }
}
