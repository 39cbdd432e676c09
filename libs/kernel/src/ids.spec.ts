import { newId, newSecret } from './ids';

describe('newId', () => {
  it('is a UUID of version 7 that begins with the time', () => {
    const before = Date.now();
    const id = newId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const time = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now() + 10);
  });

  it('grows strictly, also when thousands are made in one millisecond or a clock stands still', () => {
    const now = Date.now();
    const ids = Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? newId() : newId(now)));
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('newSecret', () => {
  it('has the asked-for length and never repeats', () => {
    const secrets = Array.from({ length: 100 }, () => newSecret(16));
    expect(new Set(secrets.map(({ length }) => length))).toEqual(new Set([22]));
    expect(new Set(secrets).size).toBe(100);
  });
});
