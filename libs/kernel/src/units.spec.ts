import { formatBytes, parseBytes } from './units';

describe('sizes', () => {
  it('are read with and without a decimal unit', () => {
    for (const [text, bytes] of [
      ['0', 0],
      ['1000', 1000],
      ['7B', 7],
      ['1.5 kb', 1500],
      ['256MB', 256e6],
      ['50GB', 50e9],
      ['2TB', 2e12],
    ] as const)
      expect([text, parseBytes(text)]).toEqual([text, bytes]);
  });

  it('are nothing else', () => {
    for (const text of ['', 'GB', '-1', '1.', '.5GB', '1 XB', '1GiB', '1e9', '1GB more'])
      expect([text, parseBytes(text)]).toEqual([text, null]);
  });

  it('are written so that they can be read', () => {
    for (const bytes of [0, 999, 1500, 40e6, 1.2e12]) expect(parseBytes(formatBytes(bytes))).toBe(bytes);
  });
});
