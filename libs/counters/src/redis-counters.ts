import type { Logger } from '@packhouse/observability';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Count, CounterRules, SharedCounters } from './shared-counters';

const MOST = 100_000;
const TELL_MS = 200;
const ANSWER_MS = 300;
/** How long a replica counts alone before it tries an unreachable Redis again. */
const ALONE_MS = 2000;
const NEAR = 50;

/** Adds to a counter, starts its window with its first count, gives count and time left. Nothing added creates nothing. */
const script = `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if ARGV[1] ~= '0' then
  count = redis.call('INCRBY', KEYS[1], ARGV[1])
  if count < 0 then
    count = 0
    redis.call('SET', KEYS[1], 0, 'KEEPTTL')
  end
  if ARGV[3] == '1' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
end
local left = redis.call('PTTL', KEYS[1])
if left == -1 then
  left = tonumber(ARGV[2])
  redis.call('PEXPIRE', KEYS[1], left)
end
if left < 0 then left = tonumber(ARGV[2]) end
return {count, left}`;

interface Counter {
  /** As Redis last said it. */
  told: number;
  /** Counted here since. */
  untold: number;
  resetsAt: number;
  readonly windowMs: number;
  readonly sliding: boolean;
  timer: NodeJS.Timeout | null;
  asking: Promise<void> | null;
}

export interface RedisCountersOptions {
  readonly redis: Redis;
  readonly logger: Logger;
  readonly prefix?: string;
}

/** Counters in Redis, with a memory in front: see {@link SharedCounters} for how exact they are. */
export class RedisCounters implements SharedCounters {
  private readonly counters = new LRUCache<string, Counter>({ max: MOST });
  private readonly redis: Redis;
  private aloneUntil = 0;

  constructor(private readonly options: RedisCountersOptions) {
    this.redis = options.redis;
  }

  async add(key: string, amount: number, rules: CounterRules): Promise<Count> {
    const counted = this.addNow(key, amount, rules);
    if (counted) return counted;
    const known = this.find(key);
    const counter = known ?? newCounter(rules);
    if (!known) this.counters.set(key, counter);
    increase(counter, amount);
    await this.tell(key, counter);
    return countOf(counter);
  }

  addNow(key: string, amount: number, { limit }: CounterRules): Count | null {
    const counter = this.find(key);
    if (!counter) return null;
    const left = limit - counter.told - counter.untold - amount;
    if (left <= Math.max(NEAR, limit / 10)) return null;
    increase(counter, amount);
    this.tellSoon(key, counter);
    return countOf(counter);
  }

  async read(key: string, rules: CounterRules): Promise<Count> {
    // Looking makes none: the window of a counter is that of its first count.
    const counter = this.find(key) ?? newCounter(rules);
    await this.tell(key, counter);
    return countOf(counter);
  }

  async reset(key: string): Promise<void> {
    this.counters.delete(key);
    await this.inTime(this.redis.del(this.nameOf(key))).catch((error: unknown) => this.goAlone(error));
  }

  async close(): Promise<void> {
    const waiting = [...this.counters.entries()].filter(([, counter]) => counter.timer !== null);
    await Promise.all(waiting.map(([key, counter]) => this.tell(key, counter)));
    this.counters.clear();
    this.redis.disconnect();
  }

  private find(key: string): Counter | null {
    const counter = this.counters.get(key);
    return counter && counter.resetsAt > Date.now() ? counter : null;
  }

  private tellSoon(key: string, counter: Counter): void {
    counter.timer ??= setTimeout(() => void this.tell(key, counter), TELL_MS).unref();
  }

  /** Calls that meet while one is under way are told together by the next. */
  private async tell(key: string, counter: Counter): Promise<void> {
    if (counter.timer) clearTimeout(counter.timer);
    counter.timer = null;
    while (counter.asking) await counter.asking;
    counter.asking = this.exchange(key, counter).finally(() => (counter.asking = null));
    await counter.asking;
  }

  private async exchange(key: string, counter: Counter): Promise<void> {
    if (Date.now() < this.aloneUntil) return;
    const amount = counter.untold;
    const asked = this.redis.eval(
      script,
      1,
      this.nameOf(key),
      amount,
      counter.windowMs,
      Number(counter.sliding),
    );
    try {
      const [count, left] = (await this.inTime(asked)) as [number, number];
      counter.told = count;
      counter.untold -= amount;
      counter.resetsAt = Date.now() + left;
    } catch (error) {
      this.goAlone(error);
    }
  }

  private nameOf(key: string): string {
    return `${this.options.prefix ?? 'packhouse:count'}:${key}`;
  }

  private async inTime<T>(asked: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`Redis did not answer within ${ANSWER_MS} ms`)), ANSWER_MS);
    });
    // What comes after the deadline is nobody's business any more.
    asked.catch(() => undefined);
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }

  private goAlone(error: unknown): void {
    const isNews = Date.now() > this.aloneUntil + ALONE_MS;
    this.aloneUntil = Date.now() + ALONE_MS;
    if (!isNews) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.options.logger.warn({ reason }, 'Redis does not share the counters; each process counts by itself');
  }
}

function newCounter({ windowMs, sliding = false }: CounterRules): Counter {
  const resetsAt = Date.now() + windowMs;
  return { told: 0, untold: 0, resetsAt, windowMs, sliding, timer: null, asking: null };
}

function increase(counter: Counter, amount: number): void {
  counter.untold += amount;
  if (counter.sliding) counter.resetsAt = Date.now() + counter.windowMs;
}

function countOf({ told, untold, resetsAt }: Counter): Count {
  return { count: Math.max(0, told + untold), resetsAt };
}
