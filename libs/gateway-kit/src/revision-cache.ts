import type { PackageFacts } from '@packhouse/contracts';
import { LRUCache } from 'lru-cache';

/**
 * What was found in packages, as of one revision each: nothing goes stale, and what is found in a later revision takes the
 * place of what was found before, so that a package that changes all the time leaves nothing behind.
 */
export class RevisionCache<V extends object> {
  private readonly entries: LRUCache<string, { readonly revision: number; readonly value: V }>;

  /** `max`: how many are kept. */
  constructor(max: number) {
    // Not `max`: that takes the memory of all of them at once.
    this.entries = new LRUCache({ maxSize: max, sizeCalculation: () => 1 });
  }

  get({ id, revision }: Pick<PackageFacts, 'id' | 'revision'>, name: string): V | undefined {
    const entry = this.entries.get(`${id}/${name}`);
    return entry?.revision === revision ? entry.value : undefined;
  }

  set({ id, revision }: Pick<PackageFacts, 'id' | 'revision'>, name: string, value: V): void {
    this.entries.set(`${id}/${name}`, { revision, value });
  }

  get size(): number {
    return this.entries.size;
  }
}
