import type { Logger } from '@packhouse/observability';
import { BullWakeup } from './bull-wakeup';
import { LocalWakeup, type Wakeup } from './wakeup';

export interface WakeupOptions {
  /** Unset: workers of other processes find jobs by their own looks at the table. */
  readonly redisUrl?: string;
  /** One channel per service. */
  readonly schema: string;
  readonly logger: Logger;
}

/** The wake-up that the settings ask for. */
export async function createWakeup({ redisUrl, schema, logger }: WakeupOptions): Promise<Wakeup> {
  return redisUrl === undefined ? new LocalWakeup() : BullWakeup.open({ redisUrl, schema, logger });
}
