export { createCounters, type CountersOptions } from './create-counters';
export { MemoryCounters } from './memory-counters';
export { RedisCounters } from './redis-counters';
export * from './shared-counters';
