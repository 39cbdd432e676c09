import type { NearVersion } from '../persistence/relation.repository';
import { findDoomed } from './doomed';

type Shape = Partial<Pick<NearVersion, 'holders' | 'subjects' | 'isTagged' | 'isPart'>>;

/** Versions by their name, which is also their id. */
function near(shapes: Record<string, Shape>): NearVersion[] {
  return Object.entries(shapes).map(([id, shape]) => ({
    id,
    version: id,
    isTagged: false,
    isPart: false,
    holders: [],
    subjects: [],
    ...shape,
  }));
}

function doomed(shapes: Record<string, Shape>, named: string[], keepParts = false) {
  const { versions, blocked } = findDoomed(near(shapes), new Set(named), keepParts);
  return { gone: versions.map(({ id }) => id), by: blocked && [...blocked.holders, ...blocked.subjects] };
}

describe('what a deletion takes', () => {
  it('takes what hangs on nothing else', () => {
    const shapes = { m: {}, a: { holders: ['m'] }, b: { holders: ['m', 'n'] }, s: { subjects: ['a'] } };
    expect(doomed(shapes, ['m'])).toEqual({ gone: ['m', 'a', 's'], by: null });
  });

  it('leaves what is tagged, and all that hangs on it', () => {
    const shapes = {
      m: {},
      inner: { holders: ['m'], isTagged: true },
      leaf: { holders: ['inner'] },
      label: { subjects: ['leaf'] },
    };
    expect(doomed(shapes, ['m']).gone).toEqual(['m']);
  });

  it('is not misled by the order, nor by a part that hangs on two that go', () => {
    const shapes = { leaf: { holders: ['a', 'b'] }, b: { holders: ['m'] }, a: { holders: ['m'] }, m: {} };
    expect(doomed(shapes, ['m']).gone).toEqual(['leaf', 'b', 'a', 'm']);
  });

  it('takes parts that hang on each other in a circle', () => {
    const shapes = { m: {}, a: { holders: ['m'], subjects: ['b'] }, b: { subjects: ['a'] } };
    expect(doomed(shapes, ['m']).gone).toEqual(['m', 'a', 'b']);
  });

  it('stops at a named one that something else contains', () => {
    expect(doomed({ a: { holders: ['m'] } }, ['a'])).toEqual({ gone: ['a'], by: ['m'] });
    expect(doomed({ a: { holders: ['m'] }, m: {} }, ['a', 'm']).by).toBeNull();
  });

  it('stops at a named part of something only where parts are kept', () => {
    const label = { label: { subjects: ['m'], isPart: true } };
    expect(doomed(label, ['label']).by).toBeNull();
    expect(doomed(label, ['label'], true).by).toEqual(['m']);
    expect(doomed({ label: { subjects: ['m'], isTagged: true } }, ['label'], true).by).toBeNull();
  });

  it('costs what is there, however deep', () => {
    const shapes: Record<string, Shape> = { v0: {} };
    for (let depth = 1; depth <= 50_000; depth += 1) shapes[`v${depth}`] = { holders: [`v${depth - 1}`] };
    const versions = near(shapes);
    let looks = 0;
    // From the deepest up, which is the order that a walk in rounds takes a round for each level of.
    const counted = versions.reverse().map(({ holders, ...version }) => ({
      ...version,
      get holders() {
        if ((looks += 1) > 5 * versions.length) throw new Error('Each is looked at again and again');
        return holders;
      },
    }));
    expect(findDoomed(counted, new Set(['v0']), false).versions).toHaveLength(50_001);
    expect(looks).toBeGreaterThanOrEqual(50_000);
  });
});
