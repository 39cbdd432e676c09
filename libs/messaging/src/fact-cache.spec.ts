import { FactCache, type ReadFact } from './fact-cache';

class Announcements {
  readonly maxAgeMs = Infinity;
  private readonly listeners: Array<(keys: readonly string[]) => void> = [];

  async announce(keys: readonly string[]): Promise<void> {
    for (const listener of this.listeners) listener(keys);
  }

  subscribe(listener: (keys: readonly string[]) => void): () => void {
    this.listeners.push(listener);
    return () => undefined;
  }
}

interface Fact {
  readonly text: string;
}

const fact = (text: string, ...keys: string[]): ReadFact<Fact> => ({ value: { text }, keys });

/** A read whose end the test decides. */
function heldRead(): { read: () => Promise<ReadFact<Fact>>; finish: (result: ReadFact<Fact>) => void } {
  let finish: (result: ReadFact<Fact>) => void = () => undefined;
  const held = new Promise<ReadFact<Fact>>((resolve) => (finish = resolve));
  return { read: () => held, finish: (result) => finish(result) };
}

describe('FactCache', () => {
  let announcements: Announcements;
  let cache: FactCache<Fact>;

  beforeEach(() => {
    announcements = new Announcements();
    cache = new FactCache(announcements, { max: 3 });
  });

  it('reads once and then answers from memory', async () => {
    let reads = 0;
    const read = async (): Promise<ReadFact<Fact>> => fact(`read ${++reads}`, 'k');
    await cache.find('a', read);
    await expect(cache.find('a', read)).resolves.toEqual({ text: 'read 1' });
    expect(cache.peek('a')).toEqual({ text: 'read 1' });
  });

  it('forgets everything when word may have been missed, what is being read included', async () => {
    await cache.find('a', () => Promise.resolve(fact('old', 'k')));
    const { read, finish } = heldRead();
    const reading = cache.find('b', read);
    await announcements.announce(['*']);
    finish(fact('old', 'k'));
    await expect(reading).resolves.toEqual({ text: 'old' });
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.peek('b')).toBeUndefined();
  });

  it('reads once for many who ask at the same time', async () => {
    let reads = 0;
    const read = async (): Promise<ReadFact<Fact>> => fact(`read ${++reads}`, 'k');
    await Promise.all(Array.from({ length: 50 }, () => cache.find('a', read)));
    expect(reads).toBe(1);
  });

  it('forgets every fact that rests on an announced key, and no other', async () => {
    await cache.find('a', async () => fact('a', 'shared', 'own'));
    await cache.find('b', async () => fact('b', 'shared'));
    await cache.find('c', async () => fact('c', 'other'));
    await announcements.announce(['shared']);
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')]).toEqual([
      undefined,
      undefined,
      { text: 'c' },
    ]);
  });

  it('does not keep what was read while its key was announced', async () => {
    const { read, finish } = heldRead();
    const answer = cache.find('a', read);
    await announcements.announce(['k']);
    finish(fact('old', 'k'));
    await answer;
    expect(cache.peek('a')).toBeUndefined();
  });

  it('keeps what was read while other keys were announced', async () => {
    const { read, finish } = heldRead();
    const answer = cache.find('a', read);
    await announcements.announce(['other']);
    finish(fact('good', 'k'));
    await answer;
    expect(cache.peek('a')).toEqual({ text: 'good' });
  });

  it('does not let somebody who asks after an announcement join a read from before it', async () => {
    const before = heldRead();
    const early = cache.find('a', before.read);
    await announcements.announce(['k']);
    const late = cache.find('a', async () => fact('new', 'k'));
    before.finish(fact('old', 'k'));
    await expect(early).resolves.toEqual({ text: 'old' });
    await expect(late).resolves.toEqual({ text: 'new' });
    expect(cache.peek('a')).toEqual({ text: 'new' });
  });

  it('holds no more than its size, and forgets the keys of what fell out', async () => {
    for (let i = 0; i < 1000; i++) await cache.find(`n${i}`, async () => fact('x', `key ${i}`));
    expect(cache.peek('n0')).toBeUndefined();
    expect((cache as unknown as { entriesByKey: Map<string, unknown> }).entriesByKey.size).toBe(3);
  });

  it('counts what facts weigh, and does not keep one that is too heavy', async () => {
    const byWeight = new FactCache<Fact>(announcements, { max: 10, weigh: ({ text }) => text.length });
    await byWeight.find('a', async () => fact('12345', 'k'));
    await byWeight.find('b', async () => fact('123456', 'k'));
    expect([byWeight.peek('a'), byWeight.peek('b')]).toEqual([undefined, { text: '123456' }]);
    await expect(byWeight.find('c', async () => fact('12345678901', 'heavy'))).resolves.toBeDefined();
    expect([byWeight.peek('c'), byWeight.peek('b')]).toEqual([undefined, { text: '123456' }]);
    const { entriesByKey } = byWeight as unknown as { entriesByKey: Map<string, unknown> };
    expect([...entriesByKey.keys()]).toEqual(['k']);
  });

  it('does not keep what was read while its key was announced, though a later read began in between', async () => {
    const before = heldRead();
    const early = cache.find('a', before.read);
    await announcements.announce(['other']);
    const between = heldRead();
    const late = cache.find('a', between.read);
    await announcements.announce(['k']);
    between.finish(fact('old', 'k'));
    before.finish(fact('older', 'k'));
    expect([await early, await late]).toEqual([{ text: 'older' }, { text: 'old' }]);
    expect(cache.peek('a')).toBeUndefined();
  });

  it('answers what is in memory without a promise, null as well', async () => {
    const names = new FactCache<string | null>(announcements, { max: 3 });
    const read = async () => ({ value: null, keys: ['k'] });
    expect(await names.get('a', read)).toBeNull();
    expect(names.get('a', () => Promise.reject(new Error('never asked')))).toBeNull();
    await announcements.announce(['k']);
    expect(await names.get('a', async () => ({ value: 'now', keys: ['k'] }))).toBe('now');
  });

  it('does not keep what is not to be kept, nor longer than it is true or without word', async () => {
    await cache.find('a', async () => ({ ...fact('refused', 'k'), keep: false }));
    await cache.find('b', async () => ({ ...fact('ended', 'k'), expiresAt: Date.now() - 1 }));
    await cache.find('c', async () => ({ ...fact('goes on', 'k'), expiresAt: Date.now() + 60_000 }));
    expect(['a', 'b', 'c'].map((name) => cache.peek(name)?.text)).toEqual([undefined, undefined, 'goes on']);
    const deaf = new FactCache<Fact>({ maxAgeMs: 0, subscribe: () => () => undefined }, { max: 3 });
    await deaf.find('a', async () => fact('a', 'k'));
    expect(deaf.peek('a')).toBeUndefined();
  });

  it('lets a fact grow old whatever happens to the clock on the wall', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1000);
    const wall = jest.spyOn(Date, 'now').mockReturnValue(1_000_000_000);
    try {
      const short = new FactCache<Fact>({ maxAgeMs: 500, subscribe: () => () => undefined }, { max: 3 });
      await short.find('a', async () => fact('a', 'k'));
      clock.mockReturnValue(1499);
      wall.mockReturnValue(2_000_000_000);
      expect(short.peek('a')).toEqual({ text: 'a' });
      clock.mockReturnValue(1500);
      wall.mockReturnValue(0);
      expect(short.peek('a')).toBeUndefined();
    } finally {
      clock.mockRestore();
      wall.mockRestore();
    }
  });

  it('asks again after a failure or when nothing was found', async () => {
    await expect(cache.find('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await expect(cache.find('a', async () => null)).resolves.toBeNull();
    await expect(cache.find('a', async () => fact('now', 'k'))).resolves.toEqual({ text: 'now' });
  });

  describe('asked for many facts at once', () => {
    const readAll = (asked: string[][]) => async (names: readonly string[]) => {
      asked.push([...names]);
      return new Map(names.filter((name) => name !== 'none').map((name) => [name, fact(name, `of ${name}`)]));
    };
    const textsOf = (found: ReadonlyArray<Fact | undefined>) => found.map((one) => one?.text);

    it('reads once for all that are not in memory, and answers in the order of the names', async () => {
      const asked: string[][] = [];
      await cache.find('b', async () => fact('b', 'of b'));
      expect(textsOf(await cache.findMany(['c', 'b', 'none', 'a'], readAll(asked)))).toEqual([
        ...['c', 'b', undefined, 'a'],
      ]);
      expect(asked).toEqual([['c', 'none', 'a']]);
      expect(textsOf(await cache.findMany(['a', 'c'], readAll(asked)))).toEqual(['a', 'c']);
      await cache.findMany(['none'], readAll(asked));
      expect(asked).toEqual([['c', 'none', 'a'], ['none']]);
    });

    it('joins what others are reading, one or many', async () => {
      const asked: string[][] = [];
      const { read, finish } = heldRead();
      const single = cache.find('a', read);
      const many = cache.findMany(['a', 'b'], readAll(asked));
      const more = cache.findMany(['b', 'c'], readAll(asked));
      const joined = cache.find('c', () => Promise.reject(new Error('never asked')));
      finish(fact('a', 'of a'));
      expect(await single).toEqual({ text: 'a' });
      expect([textsOf(await many), textsOf(await more)]).toEqual([
        ['a', 'b'],
        ['b', 'c'],
      ]);
      expect(await joined).toEqual({ text: 'c' });
      expect(asked).toEqual([['b'], ['c']]);
    });

    it('keeps of a read all but those whose key was announced meanwhile, and lets nobody join it then', async () => {
      const asked: string[][] = [];
      let finish: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (finish = resolve));
      const early = cache.findMany(['a', 'b'], async (names) => {
        await held;
        return new Map(names.map((name) => [name, fact(`old ${name}`, `of ${name}`)]));
      });
      await announcements.announce(['of a']);
      const late = cache.findMany(['a'], readAll(asked));
      finish();
      expect(textsOf(await early)).toEqual(['old a', 'old b']);
      expect(textsOf(await late)).toEqual(['a']);
      expect([cache.peek('a')?.text, cache.peek('b')?.text]).toEqual(['a', 'old b']);
    });

    it('fails as its read fails, and asks again', async () => {
      const asked: string[][] = [];
      const failing = cache.findMany(['a'], () => Promise.reject(new Error('down')));
      await expect(failing).rejects.toThrow('down');
      expect(textsOf(await cache.findMany(['a'], readAll(asked)))).toEqual(['a']);
    });
  });
});
