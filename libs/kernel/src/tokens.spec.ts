import { createHash } from 'node:crypto';
import { hashToken, looksLikeToken, newTokenText } from './tokens';

describe('access token text', () => {
  it('is the prefix, 36 random characters and a checksum of 6', () => {
    const token = newTokenText();
    expect(token).toMatch(/^ph_[0-9A-Za-z]{42}$/);
    expect(looksLikeToken(token)).toBe(true);
  });

  it('is never the same twice', () => {
    expect(new Set(Array.from({ length: 1000 }, newTokenText)).size).toBe(1000);
  });

  it('uses every character of the alphabet about equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2000; i++)
      for (const c of newTokenText().slice(3, 39)) counts.set(c, (counts.get(c) ?? 0) + 1);
    expect(counts.size).toBe(62);
    const mean = (2000 * 36) / 62;
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(mean / 4);
  });

  it('keeps its checksum fixed for a known text, so that tokens made by older releases stay valid', () => {
    expect(looksLikeToken('ph_0000000000000000000000000000000000000tw5by')).toBe(true);
  });

  it('is recognised as damaged when any one character changes', () => {
    const token = newTokenText();
    for (let i = 0; i < token.length; i++) {
      const other = token[i] === 'a' ? 'b' : 'a';
      expect(looksLikeToken(token.slice(0, i) + other + token.slice(i + 1))).toBe(false);
    }
  });

  it('is told from any other text', () => {
    const token = newTokenText();
    const others = [
      '',
      'ph_',
      '__proto__',
      'x'.repeat(10_000),
      `${token}\n`,
      ` ${token}`,
      token.slice(1),
      token.toUpperCase(),
    ];
    for (const text of others) expect(looksLikeToken(text)).toBe(false);
  });

  it('is hashed with SHA-256', () => {
    expect(hashToken('ph_x')).toBe(createHash('sha256').update('ph_x').digest('hex'));
  });
});
