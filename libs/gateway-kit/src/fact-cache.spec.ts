import type { Invalidations } from '@packhouse/messaging';
import { FactCache } from './fact-cache';

/** Invalidations that a test announces by hand. */
class HandInvalidations implements Invalidations {
  private readonly listeners: ((keys: readonly string[]) => void)[] = [];
  constructor(readonly maxAgeMs = Infinity) {}
  announce(keys: readonly string[]): Promise<void> {
    for (const listener of this.listeners) listener(keys);
    return Promise.resolve();
  }
  subscribe(listener: (keys: readonly string[]) => void): () => void {
    this.listeners.push(listener);
    return () => undefined;
  }
  ready(): Promise<void> {
    return Promise.resolve();
  }
}

describe('FactCache', () => {
  it('loads once and answers from memory until a key of the fact is invalidated', async () => {
    const invalidations = new HandInvalidations();
    const cache = new FactCache<number>(invalidations, { maxEntries: 10 });
    let loads = 0;
    const load = async () => ({ value: (loads += 1), keys: ['a', 'b'] });
    expect([await cache.get('x', load), await cache.get('x', load)]).toEqual([1, 1]);
    await invalidations.announce(['other']);
    expect(await cache.get('x', load)).toBe(1);
    await invalidations.announce(['b']);
    expect(await cache.get('x', load)).toBe(2);
    await invalidations.announce(['*']);
    expect(await cache.get('x', load)).toBe(3);
  });

  it('never stores what was loaded while one of its keys was invalidated', async () => {
    const invalidations = new HandInvalidations();
    const cache = new FactCache<string>(invalidations, { maxEntries: 10 });
    let release: () => void = () => undefined;
    const slow = cache.get('x', async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return { value: 'old', keys: ['a'] };
    });
    await invalidations.announce(['a']);
    const fresh = cache.get('x', async () => ({ value: 'new', keys: ['a'] }));
    release();
    expect([await slow, await fresh]).toEqual(['old', 'new']);
    expect(await cache.get('x', async () => ({ value: 'newer', keys: ['a'] }))).toBe('new');
  });

  it('shares one load between those who ask at the same time, and forgets failures', async () => {
    const cache = new FactCache<number>(new HandInvalidations(), { maxEntries: 10 });
    let loads = 0;
    const load = async () => ({ value: (loads += 1), keys: [] });
    expect(await Promise.all([cache.get('x', load), cache.get('x', load)])).toEqual([1, 1]);
    await expect(cache.get('y', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await cache.get('y', load)).toBe(2);
  });

  it('believes a fact no longer than its own expiry and the limit without word', async () => {
    const ended = new FactCache<number>(new HandInvalidations(), { maxEntries: 10 });
    let loads = 0;
    const load = async () => ({ value: (loads += 1), keys: [], expiresAt: Date.now() - 1 });
    expect([await ended.get('x', load), await ended.get('x', load)]).toEqual([1, 2]);
    const cut = new FactCache<number>(new HandInvalidations(0), { maxEntries: 10 });
    const again = async () => ({ value: (loads += 1), keys: [] });
    expect([await cut.get('x', again), await cut.get('x', again)]).toEqual([3, 4]);
  });
});
