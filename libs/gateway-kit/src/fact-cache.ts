import { LRUCache } from 'lru-cache';
import type { Invalidations } from '@packhouse/messaging';

/** A value as its owner gave it, with the keys whose invalidation makes it old. */
export interface LoadedFact<V> {
  readonly value: V;
  readonly keys: readonly string[];
  /** When it stops being true by itself, in epoch milliseconds. */
  readonly expiresAt?: number;
  /** False: given to those who asked, and not remembered. */
  readonly keep?: boolean;
}

interface Entry<V> extends LoadedFact<V> {
  readonly expiresAt: number;
}

interface Loading<V> {
  readonly promise: Promise<V>;
  /** Keys invalidated since the load began: what it brings may be older than they are. */
  readonly invalidated: Set<string>;
}

/**
 * Facts of other services kept in memory and dropped the moment they change. A fact whose keys were invalidated while
 * it was being loaded is given to those who asked before, but never stored, and later askers start a load of their own.
 */
export class FactCache<V> {
  private readonly entries: LRUCache<string, Entry<V>>;
  private readonly dependents = new Map<string, Set<string>>();
  private readonly loading = new Map<string, Loading<V>>();

  constructor(
    private readonly invalidations: Invalidations,
    options: { maxEntries: number },
  ) {
    this.entries = new LRUCache({
      // Not `max`: that makes room for all of them at once, and wipes it whenever the last entry goes.
      maxSize: options.maxEntries,
      sizeCalculation: () => 1,
      dispose: (entry, name) => this.unindex(name, entry),
    });
    invalidations.subscribe((keys) => this.forget(keys));
  }

  /** The fact if it is in memory. */
  recall(name: string): V | undefined {
    const entry = this.entries.get(name);
    return entry && entry.expiresAt > Date.now() ? entry.value : undefined;
  }

  /** The fact from memory at once, or from `load`. Failures are not kept. */
  get(name: string, load: () => Promise<LoadedFact<V>>): V | Promise<V> {
    const known = this.recall(name);
    if (known !== undefined) return known;
    const current = this.loading.get(name);
    if (current && current.invalidated.size === 0) return current.promise;
    return this.start(name, load);
  }

  private start(name: string, load: () => Promise<LoadedFact<V>>): Promise<V> {
    const invalidated = new Set<string>();
    const promise = load()
      .then((fact) => {
        const isOld = invalidated.has('*') || fact.keys.some((key) => invalidated.has(key));
        if (!isOld && fact.keep !== false) this.store(name, fact);
        return fact.value;
      })
      .finally(() => {
        if (this.loading.get(name)?.invalidated === invalidated) this.loading.delete(name);
      });
    this.loading.set(name, { promise, invalidated });
    return promise;
  }

  private store(name: string, fact: LoadedFact<V>): void {
    const expiresAt = Math.min(fact.expiresAt ?? Infinity, Date.now() + this.invalidations.maxAgeMs);
    this.entries.set(name, { ...fact, expiresAt });
    for (const key of fact.keys) {
      const names = this.dependents.get(key);
      if (names) names.add(name);
      else this.dependents.set(key, new Set([name]));
    }
  }

  private forget(keys: readonly string[]): void {
    for (const load of this.loading.values()) for (const key of keys) load.invalidated.add(key);
    if (keys.includes('*')) {
      this.entries.clear();
      return;
    }
    for (const key of keys) {
      for (const name of [...(this.dependents.get(key) ?? [])]) this.entries.delete(name);
    }
  }

  private unindex(name: string, entry: Entry<V>): void {
    for (const key of entry.keys) {
      const names = this.dependents.get(key);
      names?.delete(name);
      if (names?.size === 0) this.dependents.delete(key);
    }
  }
}
