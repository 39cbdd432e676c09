import { MemoryCounters } from '@packhouse/counters';
import { DomainError, FrozenClock } from '@packhouse/kernel';
import { GuessThrottle, passwordCounters } from './guess-throttle';

async function waitOf(attempt: () => Promise<unknown>): Promise<number> {
  try {
    await attempt();
    return 0;
  } catch (error) {
    expect((error as DomainError).code).toBe('rate_limited');
    return (error as DomainError).details.retryAfterSeconds as number;
  }
}

describe('GuessThrottle', () => {
  const clock = new FrozenClock();
  let throttle: GuessThrottle;
  beforeEach(() => (throttle = new GuessThrottle(new MemoryCounters(() => clock.now().getTime()), clock)));

  it('lets a few failures pass, then doubles the wait up to five minutes', async () => {
    const counters = [{ name: 'a', free: 3 }];
    const waits: number[] = [];
    for (let i = 0; i < 15; i++) {
      const wait = await waitOf(() => throttle.begin(counters));
      waits.push(wait);
      clock.advance(wait * 1000);
      if (wait > 0) await throttle.begin(counters);
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('counts attempts from their beginning, so that many at once gain nothing', async () => {
    const counters = [{ name: 'a', free: 3 }];
    const waits = await Promise.all(
      Array.from({ length: 100 }, () => waitOf(() => throttle.begin(counters))),
    );
    const begun = waits.filter((wait) => wait === 0);
    expect(begun).toHaveLength(4);
  });

  it('forgives after a success', async () => {
    const counters = [{ name: 'a', free: 3 }];
    for (let i = 0; i < 20; i++) await (await throttle.begin(counters))();
    expect(await waitOf(() => throttle.begin(counters))).toBe(0);
  });

  it('does not let one login from one address keep the same login out elsewhere', async () => {
    for (let i = 0; i < 6; i++) await throttle.begin(passwordCounters('alice', '10.0.0.1'));
    expect(await waitOf(() => throttle.begin(passwordCounters('alice', '10.0.0.1')))).toBeGreaterThan(0);
    expect(await waitOf(() => throttle.begin(passwordCounters('alice', '10.0.0.2')))).toBe(0);
  });

  it('slows one login that is tried from many addresses, and many logins from one address', async () => {
    const fromMany: number[] = [];
    for (let i = 0; i < 40; i++)
      fromMany.push(await waitOf(() => throttle.begin(passwordCounters('alice', `10.0.1.${i}`))));
    expect(fromMany.at(-1)).toBeGreaterThan(0);
    const ofMany: number[] = [];
    for (let i = 0; i < 60; i++)
      ofMany.push(await waitOf(() => throttle.begin(passwordCounters(`user${i}`, '10.0.0.9'))));
    expect(ofMany.at(-1)).toBeGreaterThan(0);
  });

  it('forgets failures after an hour', async () => {
    const counters = [{ name: 'a', free: 0 }];
    for (let i = 0; i < 5; i++) {
      await throttle.begin(counters);
      clock.advance(300_000);
    }
    clock.advance(3_600_000);
    await throttle.begin(counters);
    clock.advance(1000);
    expect(await waitOf(() => throttle.begin(counters))).toBe(0);
  });
});
