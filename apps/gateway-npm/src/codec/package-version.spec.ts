import { compare } from 'semver';
import { checkTag, parseVersion } from './package-version';

/** A small generator with a fixed start, so that a failure can be repeated. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const numbers = ['0', '1', '2', '9', '10', '11', '99', '100', '9007199254740990', '9007199254740991'];
const identifiers = [
  ...numbers,
  'a',
  'A',
  'Z',
  'alpha',
  'alpha1',
  'alpha-',
  '-',
  '--',
  'beta',
  'rc',
  '0a',
  '1-',
  'x0',
  'a-1',
];

function randomVersion(random: (below: number) => number): string {
  const core = [0, 1, 2].map(() => numbers[random(numbers.length)]).join('.');
  const count = random(4);
  const prerelease = Array.from({ length: count }, () => identifiers[random(identifiers.length)]);
  const build = random(5) === 0 ? '+build.1' : '';
  return count === 0 ? `${core}${build}` : `${core}-${prerelease.join('.')}${build}`;
}

describe('versions', () => {
  it('orders sort keys as SemVer orders versions', () => {
    const random = makeRandom(42);
    const wrong: unknown[] = [];
    for (let round = 0; round < 20_000; round++) {
      const a = randomVersion(random);
      // Half of the pairs share all but the pre-release, where the rules are.
      const b =
        random(2) === 0
          ? randomVersion(random)
          : `${a.replace(/[-+].*$/, '')}-${identifiers[random(identifiers.length)]}`;
      const bytes = Math.sign(
        Buffer.compare(Buffer.from(parseVersion(a).sortKey), Buffer.from(parseVersion(b).sortKey)),
      );
      if (bytes !== compare(a, b)) wrong.push([a, b, bytes]);
    }
    expect(wrong).toEqual([]);
  });

  it('keeps the version literally and drops build metadata from its identity', () => {
    expect(parseVersion('1.0.0+a')).toMatchObject({ version: '1.0.0+a', identity: '1.0.0' });
    expect(parseVersion('1.0.0+a').sortKey).toBe(parseVersion('1.0.0+b').sortKey);
  });

  it.each(['1.0.0-alpha-20240101120000123456', '9007199254740991.0.0', '1.0.0-0.0', '0.0.0-a+001'])(
    'reads %s',
    (version) => {
      expect(parseVersion(version).version).toBe(version);
    },
  );

  it.each([
    ...[
      '',
      'v1.0.0',
      '=1.0.0',
      '1',
      '1.0',
      '1.0.0.0',
      '01.0.0',
      '1.0.0-01',
      '1.0.0-',
      '1.0.0+',
      ' 1.0.0',
      '1.0.0 ',
      '1.0.0\n',
      '1.0.x',
    ],
    ...[
      '9007199254740992.0.0',
      '1.0.0-9007199254740992',
      '__proto__',
      '1.0.0-é',
      `1.0.0-${'a'.repeat(260)}`,
      undefined,
      1,
      {},
    ],
  ])('refuses %j', (version) => {
    expect(() => parseVersion(version)).toThrow('is not a version');
  });

  it('keeps sort keys within what the core stores', () => {
    expect(parseVersion(`1.0.0-${'a.'.repeat(124)}a`).sortKey.length).toBeLessThanOrEqual(1024);
  });
});

describe('tags', () => {
  it.each(['latest', 'next', 'beta-1', 'release_2', 'toString', 'hasOwnProperty', 'experimental.1'])(
    'accepts %s',
    (tag) => {
      expect(() => checkTag(tag)).not.toThrow();
    },
  );

  it.each([
    '',
    '1.0.0',
    '1.x',
    'v2',
    '*',
    'x',
    '>=1',
    '~1',
    '^2',
    '1',
    '1 - 2',
    '__proto__',
    'constructor',
    'prototype',
    'a/b',
    'a b',
    'é',
    '.x',
    '%40',
    'x'.repeat(129),
  ])('refuses %j', (tag) => {
    expect(() => checkTag(tag)).toThrow('cannot be a tag');
  });
});
