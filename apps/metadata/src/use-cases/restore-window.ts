import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { DAY, type Clock } from '@packhouse/kernel';
import { CLOCK } from '../clock-token';
import { metadataSettings } from '../metadata-settings';

/** How long what is deleted can be restored. */
@Injectable()
export class RestoreWindow {
  readonly days: number;

  constructor(
    settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.days = settings.of(metadataSettings).restoreDays;
  }

  /** What was deleted at this time or before cannot be restored any more. */
  end(): Date {
    return new Date(this.clock.now().getTime() - this.days * DAY);
  }
}
