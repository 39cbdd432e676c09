import { isDomainError } from '@packhouse/kernel';
import { checkPublishableName, parsePackageName, tarballFileName } from './package-name';

function isRefused(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (!isDomainError(error, 'invalid_request')) throw error;
    return true;
  }
}

describe('package names', () => {
  it('takes a scoped name apart and compares without case', () => {
    expect(parsePackageName('@Acme/Thing')).toEqual({
      name: '@Acme/Thing',
      scope: 'Acme',
      bareName: 'Thing',
      nameKey: '@acme/thing',
    });
    expect(parsePackageName('thing')).toEqual({
      name: 'thing',
      scope: null,
      bareName: 'thing',
      nameKey: 'thing',
    });
  });

  it.each([
    'constructor',
    'toString',
    'hasOwnProperty',
    '@acme/constructor',
    '@acme/__proto__',
    '@acme/_x',
    'undefined',
  ])('reads %s', (name) => {
    expect(parsePackageName(name).name).toBe(name);
  });

  it.each([
    ...[
      '',
      '.',
      '..',
      '.hidden',
      '-x',
      '_x',
      '__proto__',
      ' x',
      'x ',
      'a b',
      'node_modules',
      'Node_Modules',
      'favicon.ico',
    ],
    ...[
      '@acme',
      '@acme/',
      '@/x',
      '/x',
      'a/b',
      '@acme/a/b',
      '@acme/../x',
      '@acme/..',
      '@acme/.x',
      '@acme/-x',
      '@.a/x',
      '@acme/node_modules',
    ],
    ...[
      '@acme%2fthing',
      '%40acme/x',
      'x%00',
      'x\0',
      'x\\y',
      'x?y',
      'x#y',
      'thïng',
      'x\u202ey',
      '@acme/x@1',
      'x\n',
    ],
    'x'.repeat(215),
    `@acme/${'x'.repeat(209)}`,
  ])('refuses %j', (name) => {
    expect(isRefused(() => parsePackageName(name))).toBe(true);
  });

  it.each([undefined, null, 7, {}, ['x']])('refuses a name that is %j', (name) => {
    expect(isRefused(() => parsePackageName(name))).toBe(true);
  });

  it('says how to mend an unscoped name', () => {
    expect(() => checkPublishableName(parsePackageName('thing'))).toThrow('rename "thing" to "@OWNER/thing"');
  });

  it.each(['@acme/Thing', "@acme/it's", '@acme/x~', '@acme/x(1)', '@ACME/x'])(
    'does not let %s be published',
    (name) => {
      expect(isRefused(() => checkPublishableName(parsePackageName(name)))).toBe(true);
    },
  );

  it.each(['@acme/thing', '@acme/constructor', '@acme/_private', '@acme/x.y-z_1', '@a1-b/x'])(
    'lets %s be published',
    (name) => {
      expect(isRefused(() => checkPublishableName(parsePackageName(name)))).toBe(false);
    },
  );

  it('names tarballs without the scope', () => {
    expect(tarballFileName(parsePackageName('@acme/thing'), '1.0.0-rc.1')).toBe('thing-1.0.0-rc.1.tgz');
  });
});
