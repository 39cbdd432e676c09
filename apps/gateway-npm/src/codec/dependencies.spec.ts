import { readDependencies } from './dependencies';

describe('readDependencies', () => {
  it('reads what an install brings along, with its kind, and nothing that only developers need', () => {
    const found = readDependencies({
      dependencies: { '@acme/Lib': '^1.0.0' },
      optionalDependencies: { fsevents: '*' },
      peerDependencies: { react: '>=18' },
      devDependencies: { jest: '30' },
    });
    expect(found).toEqual([
      { name: '@acme/Lib', nameKey: '@acme/lib', requirement: '^1.0.0', kind: 'runtime' },
      { name: 'fsevents', nameKey: 'fsevents', requirement: '*', kind: 'optional' },
      { name: 'react', nameKey: 'react', requirement: '>=18', kind: 'peer' },
    ]);
  });

  it('counts an alias for the package behind it', () => {
    const found = readDependencies({
      dependencies: { short: 'npm:@acme/long-name@^2', plain: 'npm:other', local: 'file:../x' },
    });
    expect(found.map(({ name, requirement }) => [name, requirement])).toEqual([
      ['@acme/long-name', '^2'],
      ['other', '*'],
      ['local', 'file:../x'],
    ]);
  });

  it('leaves out what is no dependency, and all beyond a thousand', () => {
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`p${index}`, '1']));
    expect(readDependencies({ dependencies: many })).toHaveLength(1000);
    expect(readDependencies({ dependencies: ['x'], peerDependencies: { a: 1, '': 'x' } })).toEqual([]);
    const [long] = readDependencies({ dependencies: { a: 'x'.repeat(9000) } });
    expect(long?.requirement).toHaveLength(500);
  });
});
