import { Inject, Injectable } from '@nestjs/common';
import { SHARED_COUNTERS, type Count, type SharedCounters } from '@packhouse/counters';
import { DomainError, HOUR, MINUTE, SECOND, type Clock } from '@packhouse/kernel';
import { InjectClock } from '../clock';

/** What guesses are counted by, and how many may fail before each next one has to wait. */
export interface GuessCounter {
  readonly name: string;
  readonly free: number;
}

const longestWaitMs = 5 * MINUTE;
/** Since the last of them. */
const forgottenAfterMs = HOUR;

/**
 * Slows the guessing of secrets: after some free failures the wait before the next attempt doubles from one second
 * to five minutes. An attempt counts as failed from its beginning, so that many at once gain nothing. All replicas count
 * together; while their shared memory (Redis) is away each counts by itself, and nobody is kept out for that.
 */
@Injectable()
export class GuessThrottle {
  constructor(
    @Inject(SHARED_COUNTERS) private readonly counts: SharedCounters,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /**
   * Call before checking a secret; call what it resolves to when the secret was right.
   * @throws DomainError `rate_limited` with `retryAfterSeconds` while the caller has to wait.
   */
  async begin(counters: readonly GuessCounter[]): Promise<() => Promise<void>> {
    const blocks = await Promise.all(
      counters.map(({ name }) => this.counts.read(blockOf(name), blockRules())),
    );
    this.refuse(blocks.filter(({ count }) => count > 0));
    const failures = await Promise.all(counters.map((counter) => this.addFailures(counter, 1)));
    const begun = await Promise.all(
      counters.map(({ name, free }, index) => this.block(name, (failures[index]?.count ?? 0) - free)),
    );
    const lost = begun.flatMap((block) => (block && block.count > 1 ? [block] : []));
    // Somebody began in the same moment, and this attempt would be one too many.
    if (lost.length > 0) await Promise.all(counters.map((counter) => this.addFailures(counter, -1)));
    this.refuse(lost);
    return () => this.forgive(counters);
  }

  private refuse(blocks: readonly Count[]): void {
    if (blocks.length === 0) return;
    const waitMs = Math.max(...blocks.map(({ resetsAt }) => resetsAt - this.clock.now().getTime()));
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / SECOND));
    throw new DomainError(
      'rate_limited',
      `Too many failed attempts: wait ${retryAfterSeconds} seconds and try again.`,
      { retryAfterSeconds },
    );
  }

  private addFailures({ name, free }: GuessCounter, amount: number): Promise<Count> {
    const rules = { windowMs: forgottenAfterMs, sliding: true, limit: free };
    return this.counts.add(failuresOf(name), amount, rules);
  }

  /** Keeps the next attempts waiting; of several that meet here the first finds a count of 1. */
  private async block(name: string, beyond: number): Promise<Count | null> {
    if (beyond <= 0) return null;
    const waitMs = Math.min(longestWaitMs, SECOND * 2 ** Math.min(beyond - 1, 20));
    return this.counts.add(blockOf(name), 1, blockRules(waitMs));
  }

  private async forgive(counters: readonly GuessCounter[]): Promise<void> {
    const [first] = counters;
    await Promise.all(
      counters.map(async (counter) => {
        const { count } = await this.addFailures(counter, -1);
        if (count <= counter.free || counter === first) await this.counts.reset(blockOf(counter.name));
        if (counter === first) await this.counts.reset(failuresOf(counter.name));
      }),
    );
  }
}

const failuresOf = (name: string): string => `guess:${name}`;
const blockOf = (name: string): string => `guess-block:${name}`;
const blockRules = (windowMs: number = longestWaitMs) => ({ windowMs, limit: 1 });

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
