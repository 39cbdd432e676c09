import { setTimeout as wait } from 'node:timers/promises';
import { silentLogger } from '@packhouse/observability';
import { findFreePort, waitUntil } from '@packhouse/testing';
import { createCounters, MemoryCounters, type SharedCounters } from '../src';
import { startRedis, type RedisServer } from './support/redis-server';

jest.setTimeout(60_000);

const rules = { limit: 10, windowMs: 60_000 };

let redis: RedisServer;
const opened: SharedCounters[] = [];

beforeAll(async () => (redis = await startRedis()));
afterAll(() => redis.stop());
afterEach(async () => {
  for (const counters of opened.splice(0)) await counters.close();
});

async function openShared(redisUrl = redis.url): Promise<SharedCounters> {
  const counters = await createCounters({ redisUrl, logger: silentLogger });
  opened.push(counters);
  return counters;
}

/** Waits for what takes `ms` where nothing holds it up. */
type Step = <T>(ms: number, work: Promise<T>) => Promise<T>;

/** What must happen within a window: tried again exactly when a step of it was late, as this machine was held up. */
async function undisturbed(scenario: (step: Step) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    let late = false;
    let at = performance.now();
    const step: Step = async (ms, work) => {
      const result = await work;
      // From the end of the step before: it may have been held up between the two as well.
      late ||= performance.now() - at > ms + 50;
      at = performance.now();
      return result;
    };
    try {
      return await scenario(step);
    } catch (error) {
      if (!late || attempt === 10) throw error;
    }
  }
}

let names = 0;
const newKey = (): string => `key-${process.pid}-${(names += 1)}`;

describe.each([
  ['in memory', async (): Promise<SharedCounters> => new MemoryCounters()],
  ['over Redis', openShared],
])('counters %s', (_where, open) => {
  it('count up from nothing, each by its own key', async () => {
    const counters = await open();
    const [one, other] = [newKey(), newKey()];
    expect((await counters.add(one, 1, rules)).count).toBe(1);
    expect((await counters.add(one, 2, rules)).count).toBe(3);
    expect((await counters.add(other, 1, rules)).count).toBe(1);
    expect((await counters.read(one, rules)).count).toBe(3);
  });

  it('give back, but never below nothing', async () => {
    const counters = await open();
    const key = newKey();
    await counters.add(key, 2, rules);
    expect((await counters.add(key, -1, rules)).count).toBe(1);
    expect((await counters.add(key, -5, rules)).count).toBe(0);
    expect((await counters.add(key, 1, rules)).count).toBe(1);
  });

  it('begin anew when the window of the first count ends, and not before', async () => {
    const counters = await open();
    const short = { limit: 10, windowMs: 600 };
    await undisturbed(async (step) => {
      const key = newKey();
      const first = await step(0, counters.add(key, 1, short));
      expect(first.resetsAt - Date.now()).toBeGreaterThan(300);
      await step(200, wait(200));
      const second = await step(0, counters.add(key, 1, short));
      expect(second.count).toBe(2);
      expect(Math.abs(second.resetsAt - first.resetsAt)).toBeLessThan(100);
      await step(600, wait(600));
      expect((await step(0, counters.read(key, short))).count).toBe(0);
      expect((await step(0, counters.add(key, 1, short))).count).toBe(1);
    });
  });

  it('last on while they are counted, where they slide', async () => {
    const counters = await open();
    const sliding = { limit: 10, windowMs: 600, sliding: true };
    await undisturbed(async (step) => {
      const key = newKey();
      for (let count = 1; count <= 3; count += 1) {
        expect((await step(0, counters.add(key, 1, sliding))).count).toBe(count);
        await step(400, wait(400));
      }
      expect((await step(0, counters.read(key, sliding))).count).toBe(3);
      await step(400, wait(400));
      expect((await step(0, counters.read(key, sliding))).count).toBe(0);
    });
  });

  it('are not made by looking, and forget on demand', async () => {
    const counters = await open();
    const key = newKey();
    expect((await counters.read(key, rules)).count).toBe(0);
    await counters.add(key, 4, rules);
    await counters.reset(key);
    expect((await counters.read(key, rules)).count).toBe(0);
  });

  it('last as long as their first count says, whatever was said when they were looked at', async () => {
    const counters = await open();
    const key = newKey();
    await counters.read(key, { limit: 10, windowMs: 60_000 });
    const { resetsAt } = await counters.add(key, 1, { limit: 10, windowMs: 500 });
    expect(resetsAt - Date.now()).toBeLessThanOrEqual(500);
    await wait(700);
    expect((await counters.read(key, { limit: 10, windowMs: 60_000 })).count).toBe(0);
  });

  it('count at once where much is left of the limit and the count is known', async () => {
    const counters = await open();
    const key = newKey();
    const large = { limit: 1000, windowMs: 60_000 };
    await counters.add(key, 1, large);
    expect(counters.addNow(key, 2, large)?.count).toBe(3);
    expect((await counters.read(key, large)).count).toBe(3);
  });

  it('lose nothing that is counted at the same time', async () => {
    const counters = await open();
    const key = newKey();
    const large = { limit: 1_000_000, windowMs: 60_000 };
    await Promise.all(Array.from({ length: 500 }, () => counters.add(key, 1, large)));
    expect((await counters.read(key, large)).count).toBe(500);
  });
});

describe('counters of several replicas', () => {
  it('are exact over all of them when little is left of the limit', async () => {
    const [one, other] = [await openShared(), await openShared()];
    const key = newKey();
    const counts = [];
    for (let turn = 0; turn < 6; turn += 1)
      counts.push((await (turn % 2 ? one : other).add(key, 1, rules)).count);
    expect(counts).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('tell each other within a moment when much is left, without asking for each count', async () => {
    const [one, other] = [await openShared(), await openShared()];
    const key = newKey();
    const large = { limit: 100_000, windowMs: 60_000 };
    await one.add(key, 1, large);
    const before = await redis.countCommands();
    for (let turn = 0; turn < 300; turn += 1) await one.add(key, 1, large);
    expect((await redis.countCommands()) - before).toBeLessThan(60);
    await waitUntil('the other knows', async () => (await other.read(key, large)).count === 301);
  });

  it('count nothing at once where they would have to ask', async () => {
    const counters = await openShared();
    const [fresh, near] = [newKey(), newKey()];
    expect(counters.addNow(fresh, 1, { limit: 1000, windowMs: 60_000 })).toBeNull();
    await counters.add(near, 5, rules);
    expect(counters.addNow(near, 1, rules)).toBeNull();
    expect((await counters.read(fresh, rules)).count).toBe(0);
    expect((await counters.read(near, rules)).count).toBe(5);
  });

  it('tell the rest when they close', async () => {
    const [one, other] = [await openShared(), await openShared()];
    const key = newKey();
    const large = { limit: 100_000, windowMs: 60_000 };
    for (let turn = 0; turn < 7; turn += 1) await one.add(key, 1, large);
    await one.close();
    expect((await other.read(key, large)).count).toBe(7);
  });

  it('count by themselves while Redis cannot be reached, without waiting for it each time', async () => {
    const counters = await openShared(`redis://127.0.0.1:${await findFreePort()}`);
    const key = newKey();
    const started = Date.now();
    for (let turn = 1; turn <= 100; turn += 1) expect((await counters.add(key, 1, rules)).count).toBe(turn);
    // The first waits 300 ms for an answer; a hundred that wait each take half a minute.
    expect(Date.now() - started).toBeLessThan(15_000);
  });
});
