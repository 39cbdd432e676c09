import { matchesPattern } from './patterns';

describe('patterns', () => {
  it.each([
    ['@acme/lib', '@acme/lib'],
    ['@acme/*', '@acme/lib'],
    ['*', ''],
    ['*', 'anything/at all'],
    ['a*b*c', 'aXbYc'],
    ['a*b*c', 'abbcbc'],
    ['repo:acme/*:ref:*', 'repo:acme/app:ref:refs/heads/main'],
    ['**', 'x'],
    ['', ''],
  ])('%j describes %j', (pattern, text) => expect(matchesPattern(pattern, text)).toBe(true));

  it.each([
    ['@acme/lib', '@acme/lib2'],
    ['@acme/lib', '@acme/li'],
    ['@acme/*', '@acmex/lib'],
    ['a*b', 'abc'],
    ['a*b*c', 'acb'],
    ['', 'x'],
    ['.', 'x'],
    ['[a-z]', 'a'],
    ['A', 'a'],
  ])('%j does not describe %j', (pattern, text) => expect(matchesPattern(pattern, text)).toBe(false));

  it('takes no time over a pattern made to be slow', () => {
    const began = Date.now();
    expect(matchesPattern(`${'*a'.repeat(140)}b`, 'a'.repeat(5000))).toBe(false);
    // A few milliseconds; trying every way to lay out 140 stars would not end.
    expect(Date.now() - began).toBeLessThan(5000);
  });
});
