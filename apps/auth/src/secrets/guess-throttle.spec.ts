import { DomainError, FrozenClock } from '@packhouse/kernel';
import { GuessThrottle, passwordCounters } from './guess-throttle';

function waitOf(attempt: () => unknown): number {
  try {
    attempt();
    return 0;
  } catch (error) {
    expect((error as DomainError).code).toBe('rate_limited');
    return (error as DomainError).details.retryAfterSeconds as number;
  }
}

describe('GuessThrottle', () => {
  const clock = new FrozenClock();
  let throttle: GuessThrottle;
  beforeEach(() => (throttle = new GuessThrottle(clock)));

  it('lets a few failures pass, then doubles the wait up to five minutes', () => {
    const counters = [{ name: 'a', free: 3 }];
    const waits: number[] = [];
    for (let i = 0; i < 15; i++) {
      const wait = waitOf(() => throttle.begin(counters));
      waits.push(wait);
      clock.advance(wait * 1000);
      if (wait > 0) throttle.begin(counters);
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('counts attempts from their beginning, so that many at once gain nothing', () => {
    const counters = [{ name: 'a', free: 3 }];
    const begun = Array.from({ length: 100 }, () => waitOf(() => throttle.begin(counters))).filter(
      (wait) => wait === 0,
    );
    expect(begun).toHaveLength(4);
  });

  it('forgives after a success', () => {
    const counters = [{ name: 'a', free: 3 }];
    for (let i = 0; i < 20; i++) throttle.begin(counters)();
    expect(waitOf(() => throttle.begin(counters))).toBe(0);
  });

  it('does not let one login from one address keep the same login out elsewhere', () => {
    for (let i = 0; i < 6; i++) throttle.begin(passwordCounters('alice', '10.0.0.1'));
    expect(waitOf(() => throttle.begin(passwordCounters('alice', '10.0.0.1')))).toBeGreaterThan(0);
    expect(waitOf(() => throttle.begin(passwordCounters('alice', '10.0.0.2')))).toBe(0);
  });

  it('slows one login that is tried from many addresses, and many logins from one address', () => {
    const fromMany = Array.from({ length: 40 }, (_, i) =>
      waitOf(() => throttle.begin(passwordCounters('alice', `10.0.1.${i}`))),
    );
    expect(fromMany.at(-1)).toBeGreaterThan(0);
    const ofMany = Array.from({ length: 60 }, (_, i) =>
      waitOf(() => throttle.begin(passwordCounters(`user${i}`, '10.0.0.9'))),
    );
    expect(ofMany.at(-1)).toBeGreaterThan(0);
  });

  it('forgets failures after an hour', () => {
    const counters = [{ name: 'a', free: 0 }];
    for (let i = 0; i < 5; i++) {
      throttle.begin(counters);
      clock.advance(300_000);
    }
    clock.advance(3_600_000);
    throttle.begin(counters);
    clock.advance(1000);
    expect(waitOf(() => throttle.begin(counters))).toBe(0);
  });
});
