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

/** A read under way, of one fact or of many. */
interface Loading<V> {
  readonly values: Promise<ReadonlyMap<string, V>>;
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
    // One cache is asked either so or by `find`: no read that somebody else began gives nothing.
    return this.read(name, read) as Promise<V>;
  }

  /** The same where there may be nothing: null is not kept. */
  find(name: string, read: () => Promise<ReadFact<V> | null>): Promise<V | null> {
    const known = this.peek(name);
    return known === undefined ? this.read(name, read) : Promise.resolve(known);
  }

  /**
   * The facts under many names, in their order, undefined where there is nothing. `read` is called once, for those that
   * are neither in memory nor being read: many facts cost one read, not one each.
   */
  async findMany(
    names: readonly string[],
    read: (missing: readonly string[]) => Promise<ReadonlyMap<string, ReadFact<V>>>,
  ): Promise<Array<V | undefined>> {
    const values = names.map((name) => this.peek(name));
    const missing = names.filter((_name, i) => values[i] === undefined);
    if (missing.length === 0) return values;
    const unread = missing.filter((name) => !this.loading.has(name));
    if (unread.length > 0) this.load(unread, () => read(unread));
    const loads = [...new Set(missing.map((name) => this.loading.get(name)!))];
    const loaded = await Promise.all(loads.map((loading) => loading.values));
    const loadedUnder = (name: string) => loaded.find((found) => found.has(name))?.get(name);
    return values.map((value, i) => (value === undefined ? loadedUnder(names[i]!) : value));
  }

  private async read(name: string, read: () => Promise<ReadFact<V> | null>): Promise<V | null> {
    const loading = this.loading.get(name) ?? this.load([name], () => asMap(name, read()));
    return (await loading.values).get(name) ?? null;
  }

  private load(names: readonly string[], read: () => Promise<ReadonlyMap<string, ReadFact<V>>>): Loading<V> {
    const announced = new Set<string>();
    const values = read()
      .then((facts) => {
        const found = new Map<string, V>();
        for (const [name, fact] of facts) {
          found.set(name, fact.value);
          if (fact.keep !== false && !isOld(fact, announced)) this.keep(name, fact);
        }
        return found;
      })
      .finally(() => {
        this.reads.delete(loading);
        for (const name of names) if (this.loading.get(name) === loading) this.loading.delete(name);
      });
    const loading: Loading<V> = { values, announced };
    for (const name of names) this.loading.set(name, loading);
    this.reads.add(loading);
    return loading;
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

function isOld({ keys }: ReadFact<unknown>, announced: ReadonlySet<string>): boolean {
  return announced.has(EVERY_KEY) || (announced.size > 0 && keys.some((key) => announced.has(key)));
}

async function asMap<V>(
  name: string,
  reading: Promise<ReadFact<V> | null>,
): Promise<ReadonlyMap<string, ReadFact<V>>> {
  const fact = await reading;
  return new Map(fact ? [[name, fact]] : []);
}
