import { LRUCache } from 'lru-cache';
import { EVERY_KEY, type Invalidations } from './invalidations';

/** A fact as its owner gave it, and the fact keys on which it rests. */
export interface ReadFact<V> {
  readonly value: V;
  readonly keys: readonly string[];
  /** When it stops being true by itself, in epoch milliseconds. */
  readonly expiresAt?: number;
  /** False: given to those who asked, and not kept. */
  readonly keep?: boolean;
}

interface Entry<V> {
  readonly value: V;
  readonly keys: readonly string[];
  /** When it stops being true, by the clock on the wall. */
  readonly expiresAt: number;
  /** When it is too old, by a clock that nobody sets. */
  readonly staleAt: number;
}

interface Loading<V> {
  readonly answer: Promise<V | null>;
  /** Fact keys announced while the read was under way: what was read may be older than they are. */
  readonly announced: Set<string>;
}

/** How much is kept, and how long at most. */
export interface FactCacheOptions<V> {
  /** How many facts; with `weigh` how much they may weigh together. */
  readonly max: number;
  /** What one fact counts for, a whole number; default 1. One that weighs more than `max` is not kept. */
  readonly weigh?: (value: V) => number;
  readonly ttlMs?: number;
}

/**
 * Facts kept in memory until one of their fact keys is announced, at most `max` of them.
 * A fact that was read while its key was announced is answered but not kept, and nobody who asks after the
 * announcement joins such a read: an answered change is never followed by the old fact. Failures are not kept.
 */
export class FactCache<V> {
  private readonly entries: LRUCache<string, Entry<V>>;
  private readonly entriesByKey = new Map<string, Set<string>>();
  private readonly loading = new Map<string, Loading<V>>();
  private readonly reads = new Set<Loading<V>>();
  private readonly maxAgeMs: number;

  constructor(
    invalidations: Pick<Invalidations, 'maxAgeMs' | 'subscribe'>,
    { max, weigh = () => 1, ttlMs = Infinity }: FactCacheOptions<V>,
  ) {
    this.maxAgeMs = Math.min(ttlMs, invalidations.maxAgeMs);
    this.entries = new LRUCache({
      // Not `max`: that makes room for all of them at once, and wipes it whenever the last entry goes.
      maxSize: max,
      sizeCalculation: ({ value }) => weigh(value),
      dispose: ({ keys }, name) => this.unlink(name, keys),
    });
    invalidations.subscribe((keys) => this.forget(keys));
  }

  /** The fact if it is in memory: the hot path, without a promise. */
  peek(name: string): V | undefined {
    const entry = this.entries.get(name);
    if (!entry || entry.expiresAt <= Date.now() || entry.staleAt <= performance.now()) return undefined;
    return entry.value;
  }

  /** The fact from memory at once, or from `read`, which runs once for callers that ask at the same time. */
  get(name: string, read: () => Promise<ReadFact<V>>): V | Promise<V> {
    const known = this.peek(name);
    if (known !== undefined) return known;
    // One cache is asked either so or by `find`: no read that somebody else began gives null.
    return this.read(name, read) as Promise<V>;
  }

  /** The same where there may be nothing: null is not kept. */
  find(name: string, read: () => Promise<ReadFact<V> | null>): Promise<V | null> {
    const known = this.peek(name);
    return known === undefined ? this.read(name, read) : Promise.resolve(known);
  }

  private read(name: string, read: () => Promise<ReadFact<V> | null>): Promise<V | null> {
    return this.loading.get(name)?.answer ?? this.load(name, read);
  }

  private load(name: string, read: () => Promise<ReadFact<V> | null>): Promise<V | null> {
    const announced = new Set<string>();
    const answer = read()
      .then((fact) => {
        if (!fact) return null;
        const isOld = announced.has(EVERY_KEY) || fact.keys.some((key) => announced.has(key));
        if (!isOld && fact.keep !== false) this.keep(name, fact);
        return fact.value;
      })
      .finally(() => {
        this.reads.delete(loading);
        if (this.loading.get(name) === loading) this.loading.delete(name);
      });
    const loading: Loading<V> = { answer, announced };
    this.loading.set(name, loading);
    this.reads.add(loading);
    return answer;
  }

  private keep(name: string, { value, keys, expiresAt = Infinity }: ReadFact<V>): void {
    this.entries.set(name, { value, keys, expiresAt, staleAt: performance.now() + this.maxAgeMs });
    // Too heavy to be kept.
    if (!this.entries.has(name)) return;
    for (const key of keys) {
      const names = this.entriesByKey.get(key);
      if (names) names.add(name);
      else this.entriesByKey.set(key, new Set([name]));
    }
  }

  private unlink(name: string, keys: readonly string[]): void {
    for (const key of keys) {
      const names = this.entriesByKey.get(key);
      names?.delete(name);
      if (names?.size === 0) this.entriesByKey.delete(key);
    }
  }

  private forget(keys: readonly string[]): void {
    if (keys.includes(EVERY_KEY)) this.entries.clear();
    for (const key of keys) {
      for (const name of [...(this.entriesByKey.get(key) ?? [])]) this.entries.delete(name);
      for (const { announced } of this.reads) announced.add(key);
    }
    this.loading.clear();
  }
}
