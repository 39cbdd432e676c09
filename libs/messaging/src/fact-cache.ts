import { LRUCache } from 'lru-cache';
import { EVERY_KEY, type Invalidations } from './invalidations';

/** A fact read from the database, and the fact keys on which it rests. */
export interface ReadFact<V extends object> {
  readonly value: V;
  readonly keys: readonly string[];
}

interface Loading<V extends object> {
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
 * announcement joins such a read: an answered change is never followed by the old fact.
 */
export class FactCache<V extends object> {
  private readonly entries: LRUCache<string, ReadFact<V>>;
  private readonly entriesByKey = new Map<string, Set<string>>();
  private readonly loading = new Map<string, Loading<V>>();
  private readonly reads = new Set<Loading<V>>();

  constructor(invalidations: Invalidations, { max, weigh, ttlMs }: FactCacheOptions<V>) {
    const ttl = Math.min(ttlMs ?? Infinity, invalidations.maxAgeMs);
    const limit = weigh
      ? { maxSize: max, sizeCalculation: ({ value }: ReadFact<V>) => weigh(value) }
      : { max };
    this.entries = new LRUCache<string, ReadFact<V>>({
      ...limit,
      ...(Number.isFinite(ttl) ? { ttl, updateAgeOnGet: false } : {}),
      dispose: (fact, name) => this.unlink(name, fact.keys),
    });
    invalidations.subscribe((keys) => this.forget(keys));
  }

  /** The fact if it is in memory: the hot path, without a promise. */
  peek(name: string): V | undefined {
    return this.entries.get(name)?.value;
  }

  /** The fact from memory, or from `read`, which runs once for callers that ask at the same time. Null is not kept. */
  find(name: string, read: () => Promise<ReadFact<V> | null>): Promise<V | null> {
    const known = this.peek(name);
    if (known !== undefined) return Promise.resolve(known);
    return this.loading.get(name)?.answer ?? this.load(name, read);
  }

  private load(name: string, read: () => Promise<ReadFact<V> | null>): Promise<V | null> {
    const announced = new Set<string>();
    const answer = read()
      .then((fact) => {
        const isOld = announced.has(EVERY_KEY) || fact?.keys.some((key) => announced.has(key));
        if (fact && !isOld) this.keep(name, fact);
        return fact?.value ?? null;
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

  private keep(name: string, fact: ReadFact<V>): void {
    this.entries.set(name, fact);
    // Too heavy to be kept.
    if (!this.entries.has(name)) return;
    for (const key of fact.keys) {
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
