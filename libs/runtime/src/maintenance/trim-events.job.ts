import type { BusSettings } from '@packhouse/config';
import { isMaintained, type MaintenanceClient } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import type { Job } from '@packhouse/jobs';
import { DAY, DomainError, HOUR } from '@packhouse/kernel';
import {
  beginsBefore,
  createClient,
  forgetDoneEvents,
  JETSTREAM_READER,
  readCursor,
  trimOutbox,
  type Bus,
  type LogReader,
} from '@packhouse/messaging';
import type { Logger } from '@packhouse/observability';
import { productContracts } from '../product-contracts';

/** Events may come again for so long, over a stream that keeps them for 14 days. */
const DONE_DAYS = 30;

export interface TrimEventsOptions {
  readonly service: string;
  readonly database: ServiceDatabase;
  readonly bus: Bus;
  readonly settings: Pick<BusSettings, 'eventDays' | 'natsUrl'>;
  readonly logger: Logger;
}

/**
 * Deletes events of a service's log that were kept as long as the setting says and that every service has heard. Where a
 * service cannot say how far it has read, nothing is deleted.
 */
export class TrimEventsJob implements Job {
  readonly name: string;
  readonly everyMs = HOUR;

  constructor(private readonly options: TrimEventsOptions) {
    this.name = `${options.service}.trim-events`;
  }

  async run(): Promise<void> {
    const { database, settings, logger, service } = this.options;
    if (settings.eventDays === 0) return;
    const until = new Date(Date.now() - settings.eventDays * DAY);
    const isDue = await beginsBefore(database, until);
    const deleted = isDue ? await trimOutbox(database, until, await this.findReaders()) : 0;
    const forgetAt = new Date(Date.now() - Math.max(settings.eventDays, DONE_DAYS) * DAY);
    await forgetDoneEvents(database, forgetAt);
    if (deleted > 0)
      logger.info({ service, deleted, until }, 'Events that every service has heard ended their time');
  }

  private async findReaders(): Promise<LogReader[]> {
    const { service, database, settings } = this.options;
    const found = await Promise.all(
      productContracts.filter(isMaintained).map((contract) => this.ask(contract)),
    );
    const readers: LogReader[] = found.flatMap((reader) => reader ?? []);
    if (settings.natsUrl !== undefined)
      readers.push({ position: await readCursor(database, service, JETSTREAM_READER), types: null });
    return readers;
  }

  private async ask(contract: Parameters<typeof createClient>[0]): Promise<LogReader | null> {
    const client = createClient(contract, this.options.bus) as MaintenanceClient;
    try {
      return (await client.getEventPosition({ source: this.options.service })).reader;
    } catch (cause) {
      const sentence = `No event of ${this.options.service} is deleted: ${contract.service} cannot say how far it has read.`;
      throw new DomainError('unavailable', sentence, {}, { cause });
    }
  }
}
