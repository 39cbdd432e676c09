import type { FoundPackage } from '../persistence/search.repository';
import { shortenProperties } from './shorten-properties';

describe('properties of search results', () => {
  const found = (properties: Record<string, string>): FoundPackage => ({
    package: {} as FoundPackage['package'],
    properties,
    latest: { version: '1', publishedAt: '', properties },
    score: 1,
  });

  it('leave out long texts and keep short ones', () => {
    const [item] = shortenProperties([found({ readme: 'x'.repeat(4001), description: 'short' })]);
    expect(item).toMatchObject({
      properties: { description: 'short' },
      latest: { properties: { description: 'short' } },
    });
    expect(item!.properties).not.toHaveProperty('readme');
  });

  it('get shorter until all results fit one message, without losing a result', () => {
    const items = shortenProperties(
      Array.from({ length: 250 }, () => found({ a: 'x'.repeat(1500), b: 'y' })),
    );
    expect(items).toHaveLength(250);
    expect(Buffer.byteLength(JSON.stringify(items))).toBeLessThan(600_000);
    expect(items[249]!.properties).toEqual({ b: 'y' });
  });
});
