import { RevisionCache } from './revision-cache';

const at = (revision: number, id = 'package') => ({ id, revision });

describe('what was found in a package', () => {
  it('is there for the revision in which it was found, and for no other', () => {
    const cache = new RevisionCache<{ n: number }>(10);
    cache.set(at(1), 'file', { n: 1 });
    expect(cache.get(at(1), 'file')).toEqual({ n: 1 });
    for (const facts of [at(2), at(0), at(1, 'other')]) expect(cache.get(facts, 'file')).toBeUndefined();
    expect(cache.get(at(1), 'other')).toBeUndefined();
  });

  it('makes place for what is found later, so that a thousand revisions keep one entry', () => {
    const cache = new RevisionCache<{ n: number }>(10);
    for (let n = 0; n < 1000; n += 1) cache.set(at(n), 'file', { n });
    expect(cache.get(at(999), 'file')).toEqual({ n: 999 });
    expect(cache.size).toBe(1);
  });

  it('goes when too much was used after it', () => {
    const cache = new RevisionCache<{ n: number }>(10);
    for (let n = 0; n < 11; n += 1) cache.set(at(1), `file-${n}`, { n });
    expect(cache.size).toBe(10);
    expect(cache.get(at(1), 'file-0')).toBeUndefined();
  });
});
