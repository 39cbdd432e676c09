/** A count and when it begins anew. */
export interface Count {
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly resetsAt: number;
}

/** How a counter is kept: it is gone `windowMs` after its first count, or after its last one if it is `sliding`. */
export interface CounterRules {
  readonly windowMs: number;
  readonly sliding?: boolean;
  /** The count that matters to the caller: near it counts are exact, far from it they may be late (see SharedCounters). */
  readonly limit: number;
}

/**
 * Counts that all replicas of a service share, for limits. Embedded they are in memory and exact. Over Redis a replica
 * answers from its own memory while the count is far from the limit, and tells Redis within 200 ms: until then other
 * replicas do not see its part. Once a tenth of the limit (or fewer than 50) is left, every count asks Redis and is exact.
 * What all replicas together may admit beyond a limit is therefore what they admit of one caller within 200 ms of crossing
 * that line, and nothing for limits below 50. While Redis cannot be reached each replica counts by itself.
 */
export interface SharedCounters {
  /** Adds to a counter (less than nothing gives back) and gives its count. */
  add(key: string, amount: number, rules: CounterRules): Promise<Count>;
  /** The same where nothing has to be asked; null: nothing was counted, `add` has to. */
  addNow(key: string, amount: number, rules: CounterRules): Count | null;
  /** The count without counting; a counter that does not exist is 0 and would end a window from now. */
  read(key: string, rules: CounterRules): Promise<Count>;
  /** Starts anew. */
  reset(key: string): Promise<void>;
  /** Tells what is not told yet, and lets go of connections. */
  close(): Promise<void>;
}

/** Injection token of {@link SharedCounters}. */
export const SHARED_COUNTERS = Symbol('shared counters');
