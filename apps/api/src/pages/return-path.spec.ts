import { readReturnPath } from './return-path';

describe('where a person goes after signing in', () => {
  it.each(['/', '/acme/lib', '/acme/lib?tab=versions#v1', '/a%2fb', '/acme/..%2f'])('may be %j', (path) =>
    expect(readReturnPath(path)).toBe(path),
  );

  it.each([
    ...['https://evil.example', '//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example'],
    ...[
      '/\n/evil.example',
      'javascript:alert(1)',
      'evil.example',
      '',
      'http:evil.example',
      '/..//evil.example',
    ],
    ...['/.//evil.example', '///evil.example', ' //evil.example', '/%00\u0000', `/${'x'.repeat(2000)}`],
  ])('is the start page instead of %j', (path) => expect(readReturnPath(path)).toBe('/'));

  it('is the start page when nothing was asked for', () => {
    expect(readReturnPath(null)).toBe('/');
    expect(readReturnPath(undefined)).toBe('/');
  });

  it('is resolved before it is judged', () => expect(readReturnPath('/a/../b')).toBe('/b'));
});
