import fc from 'fast-check';
import { matchesPattern } from './name-pattern';

describe('patterns of package names', () => {
  it.each([
    ['@acme/tool', '@acme/tool', true],
    ['@acme/tool', '@acme/tools', false],
    ['@acme/*', '@acme/tool', true],
    ['@acme/*', '@acme', false],
    ['*', 'anything', true],
    ['@acme/web-*-kit', '@acme/web-ui-kit', true],
    ['@acme/web-*-kit', '@acme/web-kit', false],
    ['a*a', 'a', false],
    ['a*b*c', 'a-c-b', false],
    ['Acme.*', 'acme.core', true],
    ['a.c', 'abc', false],
  ])('let %s match %s: %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  it('say the same as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (pattern, raw) => {
        const name = raw.replaceAll('*', 'a');
        const source = pattern
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*');
        expect(matchesPattern(pattern, name)).toBe(new RegExp(`^${source}$`, 'i').test(name));
      }),
    );
  });

  it('answer hostile patterns at once', () => {
    const start = performance.now();
    expect(matchesPattern(`${'a*'.repeat(150)}b`, 'a'.repeat(100_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(200);
  });
});
