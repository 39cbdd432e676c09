import fc from 'fast-check';
import { JsonFault, parseStrictJson } from './strict-json';

const limits = { depth: 32, values: 200_000 };
const parse = (text: string): unknown => parseStrictJson(Buffer.from(text), limits);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

describe('a document that means one thing', () => {
  it('is read as every reader reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        // -0 is a number that JSON.stringify does not keep.
        expect(plain(parse(text))).toEqual(plain(JSON.parse(text)));
      }),
    );
  });

  it.each([' { "a" : [ 1 , 2.5e-3 , -0 ] , "b" : "\\u00e4\\n" } ', '"\\ud83d\\ude00"', '[]', '{}', 'null'])(
    'may be %s',
    (text) => {
      expect(plain(parse(text))).toEqual(plain(JSON.parse(text)));
    },
  );

  it('keeps keys that objects have by themselves as keys', () => {
    const document = parse('{"__proto__":{"a":1},"constructor":2}') as Record<string, unknown>;
    expect(Object.keys(document)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });
});

describe('a document that is refused', () => {
  it.each([
    ['{"a":1,"a":2}', /twice/],
    ['{"a":1,"\\u0061":2}', /twice/],
    ['{"__proto__":1,"__proto__":2}', /twice/],
    ['\ufeff{}', /not JSON/],
    ['{"a":1,}', /not JSON/],
    ['[1,]', /not JSON/],
    ['{"a":1', /ends early/],
    ['{"a":01}', /not JSON/],
    ['{"a":+1}', /not JSON/],
    ['{"a":.5}', /not JSON/],
    ["{'a':1}", /not JSON/],
    ['{"a":"\t"}', /not JSON/],
    ['{"a":"\\x41"}', /not JSON/],
    ['{}{}', /not JSON/],
    ['NaN', /not JSON/],
    ['', /ends early/],
    ['"', /ends early/],
  ])('%j', (text, why) => {
    expect(() => parse(text)).toThrow(JsonFault);
    expect(() => parse(text)).toThrow(why);
  });

  it('has bytes that are no text', () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]), limits)).toThrow(/UTF-8/);
  });

  it('is nested too deep, however deep', () => {
    expect(() => parse('['.repeat(33))).toThrow(/levels deep/);
    expect(() => parse('{"a":'.repeat(800_000))).toThrow(/levels deep/);
  });

  it('has too many values', () => {
    expect(() => parse(`[${'0,'.repeat(200_001)}0]`)).toThrow(/values/);
  });

  it.each([
    ['numbers', `[${'1,'.repeat(199_000)}1${' '.repeat(3_700_000)}]`],
    ['escapes', `"${'\\u0041'.repeat(690_000)}"`],
    ['digits', `[${'1'.repeat(4_000_000)}`],
    ['a string without an end', `"${'a'.repeat(4_000_000)}`],
    ['keys', `{${Array.from({ length: 190_000 }, (_, index) => `"${index}":0`).join(',')}}`],
  ])('or good in a moment, with 4 MiB of %s', (_what, text) => {
    const start = performance.now();
    try {
      parse(text);
    } catch (error) {
      expect(error).toBeInstanceOf(JsonFault);
    }
    // Tenths of a second at most; looking at what came before for each sign or key takes from half a minute to hours.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
