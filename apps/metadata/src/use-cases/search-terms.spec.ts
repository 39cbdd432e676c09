import { describeForSearch, searchWords, toStorableText } from './search-terms';

describe('search terms', () => {
  it('gathers name, description and keywords in lower case', () => {
    const properties = {
      description: 'Reads THINGS',
      keywords: '["Fast", "fast", " Text ", 7, ""]',
      readme: 'not this',
    };
    expect(describeForSearch('@Acme/Parse', properties)).toEqual({
      name: '@acme/parse',
      text: '@acme/parse\nreads things\nfast\ntext',
      keywords: ['fast', 'text'],
    });
  });

  it('takes keywords that are no list as none', () => {
    for (const keywords of ['', 'fast', '{"a":1}', 'null', '"fast"']) {
      expect(describeForSearch('a', { keywords }).keywords).toEqual([]);
    }
  });

  it('bounds what one package brings', () => {
    const keywords = JSON.stringify(Array.from({ length: 500 }, (_, index) => `${index}`.padEnd(300, 'x')));
    const terms = describeForSearch('a', { description: 'd'.repeat(10_000), keywords });
    expect(terms.keywords).toHaveLength(100);
    expect(terms.text.length).toBeLessThan(13_000);
  });

  it('cuts a search into different words, ten at most', () => {
    expect(searchWords('  Foo\tbar\nfoo ')).toEqual(['foo', 'bar']);
    expect(searchWords(Array.from({ length: 30 }, (_, index) => index).join(' '))).toHaveLength(10);
    expect(searchWords(' ')).toEqual([]);
  });

  it('replaces what the database cannot store, and nothing else', () => {
    expect(toStorableText('a\0b\ud83dc\udc22 🐢')).toBe('a\uFFFDb\uFFFDc\uFFFD 🐢');
  });
});
