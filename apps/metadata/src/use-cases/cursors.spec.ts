import { z } from 'zod';
import { fitMessage, readCursor, writeCursor } from './cursors';

describe('cursors', () => {
  const shape = z.object({ nameKey: z.string() });

  it('come back as they were given', () => {
    expect(readCursor(writeCursor({ nameKey: 'ż"' }), shape)).toEqual({ nameKey: 'ż"' });
    expect(readCursor(null, shape)).toBeNull();
  });

  it('are refused when they are anything else', () => {
    for (const cursor of ['', '%', writeCursor(null), writeCursor({ nameKey: 7 }), 'e30']) {
      expect(() => readCursor(cursor, shape)).toThrow('start from the first page');
    }
  });

  it('follow pages that end before a message is full, but never empty', () => {
    const items = ['a'.repeat(8), 'b'.repeat(8), 'c'.repeat(8)];
    expect(fitMessage(items, 30)).toEqual(items);
    expect(fitMessage(items, 29)).toEqual(items.slice(0, 2));
    expect(fitMessage(items, 1)).toEqual(items.slice(0, 1));
    expect(fitMessage([], 1)).toEqual([]);
  });
});
