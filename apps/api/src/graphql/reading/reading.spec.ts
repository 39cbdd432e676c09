import { z } from 'zod';
import { BatchLoader } from './batch-loader';
import { toConnection } from './connection';
import { readNodeId, writeNodeId, writeTagId } from './node-ids';
import { readPageArguments, writeCursor, type PageArguments } from './page-arguments';

describe('the batch loader', () => {
  const reading = (maxBatch = 10) => {
    const asked: string[][] = [];
    const loader = new BatchLoader<string, string>(
      async (keys) => {
        asked.push([...keys]);
        if (keys.includes('broken')) throw new Error('broken');
        return new Map(keys.filter((key) => key !== 'missing').map((key) => [key, key.toUpperCase()]));
      },
      (key) => key,
      maxBatch,
    );
    return { asked, loader };
  };

  it('asks once for what the fields of one level need, and never twice for the same', async () => {
    const { asked, loader } = reading();
    const answers = await Promise.all([
      loader.load('a'),
      loader.load('b'),
      loader.load('a'),
      Promise.resolve().then(() => loader.load('missing')),
    ]);
    expect(answers).toEqual(['A', 'B', 'A', null]);
    await loader.load('a');
    expect(asked).toEqual([['a', 'b', 'missing']]);
  });

  it('asks in parts that fit a message', async () => {
    const { asked, loader } = reading(2);
    await Promise.all(['a', 'b', 'c'].map((key) => loader.load(key)));
    expect(asked).toEqual([['a', 'b'], ['c']]);
  });

  it('tells a failure to everybody who waited for it', async () => {
    const { loader } = reading();
    const answers = await Promise.allSettled([loader.load('a'), loader.load('broken')]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('page arguments', () => {
  const read = (args: PageArguments) => readPageArguments('packages', args, z.number(), 'DESC');
  const failure = (args: PageArguments): unknown => {
    try {
      return read(args);
    } catch (error) {
      return (error as { type?: string }).type;
    }
  };

  it('need a size of at most 100 in one direction', () => {
    expect(failure({})).toBe('MISSING_PAGINATION_BOUNDARIES');
    expect(failure({ first: null, last: null })).toBe('MISSING_PAGINATION_BOUNDARIES');
    expect(failure({ first: 101 })).toBe('EXCESSIVE_PAGINATION');
    expect(failure({ last: -1 })).toBe('EXCESSIVE_PAGINATION');
    expect(failure({ first: 1, last: 1 })).toBe('EXCESSIVE_PAGINATION');
    expect(read({ first: 100 }).size).toBe(100);
  });

  it('read backwards by turning the order round', () => {
    const cursor = writeCursor(7);
    expect(read({ first: 2, after: cursor }).scan).toEqual({
      descending: true,
      after: 7,
      before: null,
      limit: 2,
    });
    expect(read({ last: 2, before: cursor, orderBy: { direction: 'ASC' } }).scan).toEqual({
      descending: true,
      after: 7,
      before: null,
      limit: 2,
    });
  });

  it('take no cursor that no page gave', () => {
    for (const after of ['', 'x', Buffer.from('cursor:"text"').toString('base64'), 'y'.repeat(10_000)])
      expect(failure({ first: 1, after })).toBe('INVALID_CURSOR_ARGUMENTS');
  });
});

describe('a connection', () => {
  const slice = (args: PageArguments) => readPageArguments('x', args, z.number(), 'ASC');

  it('says where it ends, in both directions', () => {
    const forwards = toConnection({ items: [1, 2], isMore: true }, slice({ first: 2 }), Number, () => 5);
    expect(forwards.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const backwards = toConnection(
      { items: [5, 4], isMore: true },
      slice({ last: 2, before: writeCursor(6) }),
      Number,
      () => 6,
    );
    expect(backwards.nodes).toEqual([4, 5]);
    expect(backwards.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(backwards.pageInfo.startCursor).toBe(writeCursor(4));
  });

  it('may be asked for nothing but what there is', () => {
    const empty = toConnection({ items: [1], isMore: false }, slice({ first: 0 }), Number, () => 1);
    expect(empty.nodes).toEqual([]);
    expect(empty.pageInfo.hasNextPage).toBe(true);
  });
});

describe('global ids', () => {
  it('are read as they were written, and nothing else is one', () => {
    const id = '01900000-0000-7000-8000-000000000001';
    expect(readNodeId(writeNodeId('Package', id))).toEqual({ kind: 'Package', id });
    for (const text of [
      '',
      'Package:1',
      writeNodeId('Package', 'x'),
      writeNodeId('Nothing' as 'Package', id),
      'z'.repeat(5000),
    ])
      expect(readNodeId(text)).toBeNull();
  });

  it('of tags hold the name of the package and the tag, whatever characters that has', () => {
    const packageId = '01900000-0000-7000-8000-000000000001';
    for (const name of ['latest', "~('*')!", 'ü:/'.repeat(50)])
      expect(readNodeId(writeTagId({ packageId, name }))).toEqual({
        kind: 'PackageTag',
        id: packageId,
        name,
      });
    for (const text of [
      writeTagId({ packageId, name: '' }),
      writeNodeId('PackageTag', packageId),
      writeNodeId('Package', `${packageId}:bGF0ZXN0`),
      writeNodeId('PackageTag', `${packageId}:bGF0ZXN0:bGF0ZXN0`),
    ])
      expect(readNodeId(text)).toBeNull();
  });
});
