import { findRepository } from './repository-link';

describe('the repository that a manifest names', () => {
  it.each([
    ['https://git.example.test/acme/thing.git', 'git.example.test'],
    ['git+https://Git.Example.Test:8443/acme/thing#main', 'git.example.test:8443'],
    ['git+ssh://git@git.example.test/acme/thing.git', 'git.example.test'],
    ['ssh://git@git.example.test:acme/thing.git', 'git.example.test'],
    ['git@git.example.test:acme/thing.git', 'git.example.test'],
    ['git://github.com/acme/thing', 'github.com'],
    ['https://token@github.com/acme/thing/', 'github.com'],
    ['github:acme/thing', 'github.com'],
    ['acme/thing', null],
  ])('is read from %s', (repository, host) => {
    expect(findRepository({ repository })).toEqual({ host, owner: 'acme', name: 'thing' });
    expect(findRepository({ repository: { type: 'git', url: repository } })).toEqual({
      host,
      owner: 'acme',
      name: 'thing',
    });
  });

  it.each([
    undefined,
    null,
    7,
    '',
    'thing',
    'https://example.test',
    'https://example.test/a',
    'javascript:alert/1',
    'gist:abc',
    '../../etc',
    {},
    { url: 7 },
    `https://h/${'a/'.repeat(300)}`,
  ])('is nothing for %j', (repository) => {
    expect(findRepository({ repository })).toBeNull();
  });
});
