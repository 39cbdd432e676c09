import type { Logger } from '@packhouse/observability';
import { MemoryCounters } from './memory-counters';
import { RedisCounters } from './redis-counters';
import type { SharedCounters } from './shared-counters';

export interface CountersOptions {
  /** Unset: counters of this process only. */
  readonly redisUrl?: string;
  readonly logger: Logger;
}

/** The counters that the settings ask for. Does not wait for Redis, and connects with the first count. */
export async function createCounters({ redisUrl, logger }: CountersOptions): Promise<SharedCounters> {
  if (redisUrl === undefined) return new MemoryCounters();
  const { Redis } = await import('ioredis');
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    disconnectTimeout: 300,
    retryStrategy: (attempt) => Math.min(attempt * 100, 3000),
  });
  // Failures show in the commands; without a listener ioredis writes each to standard error.
  redis.on('error', () => undefined);
  return new RedisCounters({ redis, logger });
}
