import { LRUCache } from 'lru-cache';
import type { Count, CounterRules, SharedCounters } from './shared-counters';

/** Strangers choose keys (their addresses): only so many are kept, and the longest unused goes first. */
const MOST = 100_000;

/** Counters of one process. */
export class MemoryCounters implements SharedCounters {
  private readonly counters = new LRUCache<string, { count: number; resetsAt: number }>({ max: MOST });

  /** `now`: milliseconds since 1970. */
  constructor(private readonly now: () => number = Date.now) {}

  async add(key: string, amount: number, rules: CounterRules): Promise<Count> {
    return this.addNow(key, amount, rules);
  }

  addNow(key: string, amount: number, { windowMs, sliding }: CounterRules): Count {
    const now = this.now();
    const known = this.counters.get(key);
    const counter = known && known.resetsAt > now ? known : { count: 0, resetsAt: now + windowMs };
    if (sliding) counter.resetsAt = now + windowMs;
    counter.count = Math.max(0, counter.count + amount);
    if (counter !== known) this.counters.set(key, counter);
    return { ...counter };
  }

  async read(key: string, { windowMs }: CounterRules): Promise<Count> {
    const now = this.now();
    const known = this.counters.get(key);
    return known && known.resetsAt > now ? { ...known } : { count: 0, resetsAt: now + windowMs };
  }

  async reset(key: string): Promise<void> {
    this.counters.delete(key);
  }

  async close(): Promise<void> {
    this.counters.clear();
  }
}
