import { Injectable } from '@nestjs/common';
import { DomainError, HOUR, MINUTE, SECOND, type Clock } from '@packhouse/kernel';
import { LRUCache } from 'lru-cache';
import { InjectClock } from '../clock';

/** What guesses are counted by, and how many may fail before each next one has to wait. */
export interface GuessCounter {
  readonly name: string;
  readonly free: number;
}

interface Count {
  failures: number;
  blockedUntil: number;
  lastAt: number;
}

const longestWaitMs = 5 * MINUTE;
const forgottenAfterMs = HOUR;

/**
 * Slows the guessing of secrets: after some free failures the wait before the next attempt doubles from one second
 * to five minutes. An attempt counts as failed from its beginning, so that many at once gain nothing.
 * Kept in memory: each replica counts for itself.
 */
@Injectable()
export class GuessThrottle {
  private readonly counts = new LRUCache<string, Count>({ max: 50_000 });

  constructor(@InjectClock() private readonly clock: Clock) {}

  /**
   * Call before checking a secret; call what it returns when the secret was right.
   * @throws DomainError `rate_limited` with `retryAfterSeconds` while the caller has to wait.
   */
  begin(counters: readonly GuessCounter[]): () => void {
    const now = this.clock.now().getTime();
    const counted = counters.map((counter) => ({ counter, count: this.countOf(counter, now) }));
    const waitMs = Math.max(...counted.map(({ count }) => count.blockedUntil - now));
    if (waitMs > 0) {
      const retryAfterSeconds = Math.ceil(waitMs / SECOND);
      throw new DomainError(
        'rate_limited',
        `Too many failed attempts: wait ${retryAfterSeconds} seconds and try again.`,
        { retryAfterSeconds },
      );
    }
    for (const { counter, count } of counted) addFailure(count, counter.free, now);
    return () => {
      for (const { counter, count } of counted) {
        count.failures = Math.max(0, count.failures - 1);
        if (count.failures <= counter.free) count.blockedUntil = 0;
      }
      const first = counted[0];
      if (first) this.counts.delete(first.counter.name);
    };
  }

  private countOf({ name }: GuessCounter, now: number): Count {
    const known = this.counts.get(name);
    if (known && now - known.lastAt < forgottenAfterMs) return known;
    const fresh: Count = { failures: 0, blockedUntil: 0, lastAt: now };
    this.counts.set(name, fresh);
    return fresh;
  }
}

function addFailure(count: Count, free: number, now: number): void {
  count.failures++;
  count.lastAt = now;
  const beyond = count.failures - free;
  if (beyond > 0) count.blockedUntil = now + Math.min(longestWaitMs, SECOND * 2 ** Math.min(beyond - 1, 20));
}

/** Counters of a password: strict for one login from one address, and looser for each of them alone. */
export function passwordCounters(loginKey: string, address: string | undefined): GuessCounter[] {
  const from = (address ?? '').slice(0, 64);
  const counters = [
    { name: `password ${loginKey} ${from}`, free: 5 },
    { name: `password ${loginKey}`, free: 30 },
  ];
  return from === '' ? counters : [...counters, { name: `address ${from}`, free: 50 }];
}

/** Counter of one-time passwords: a million codes, three of them right at a time. */
export function otpCounters(accountId: string): GuessCounter[] {
  return [{ name: `otp ${accountId}`, free: 5 }];
}
