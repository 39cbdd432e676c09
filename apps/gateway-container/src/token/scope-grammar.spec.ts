import { MAX_SCOPES, parseScopes } from './scope-grammar';

const asked = (...values: string[]): object => {
  const { repositories, catalog } = parseScopes(values);
  const names = Object.fromEntries([...repositories].map(([name, actions]) => [name, [...actions].join()]));
  return catalog ? { ...names, catalog } : names;
};

describe('the scopes of a token request', () => {
  it('come repeated, joined by spaces, or both', () => {
    const both = { 'acme/app': 'pull', 'acme/lib': 'pull,push' };
    expect(asked('repository:acme/app:pull', 'repository:acme/lib:pull,push')).toEqual(both);
    expect(asked('repository:acme/app:pull repository:acme/lib:push,pull')).toEqual(both);
    expect(asked('repository:acme/app:pull ', ' repository:acme/lib:pull  repository:acme/lib:push')).toEqual(
      both,
    );
  });

  it('ask for everything with a star, and for pulling with pushing', () => {
    expect(asked('repository:acme/app:*')).toEqual({ 'acme/app': 'pull,push,delete' });
    expect(asked('repository:acme/app:push')).toEqual({ 'acme/app': 'pull,push' });
    expect(asked('repository:acme/app:delete')).toEqual({ 'acme/app': 'delete' });
  });

  it('may name a class, which says nothing, and a host with a port', () => {
    expect(asked('repository(plugin):acme/app:pull')).toEqual({ 'acme/app': 'pull' });
    expect(asked('repository:localhost:5000/acme/app:pull')).toEqual({ 'localhost:5000/acme/app': 'pull' });
  });

  it('ask for the catalog', () => {
    expect(asked('registry:catalog:*')).toEqual({ catalog: true });
    expect(asked('registry:catalog:pull')).toEqual({});
    expect(asked('registry:other:*')).toEqual({});
  });

  it('are left out when their type, their actions or their form is not known', () => {
    expect(
      asked(
        ...[
          '',
          ' ',
          ':',
          '::',
          'repository',
          'repository:acme/app',
          'repository:acme/app:',
          'x:acme/app:pull',
        ],
        ...['repository:acme/app:fly', 'Repository:acme/app:pull', 'repository(a(b):acme/app:pull'],
        `repository:${'a'.repeat(500)}:pull`,
      ),
    ).toEqual({});
    expect(asked('repository:acme/app:fly,pull')).toEqual({ 'acme/app': 'pull' });
  });

  it('do not become others by line breaks', () => {
    expect(asked('repository:acme/app:pull\r\nrepository:acme/lib:push')).toEqual({});
  });

  it('are looked at up to a limit, the first ones', () => {
    const many = Array.from({ length: 500 }, (_, i) => `repository:acme/app-${i}:pull`);
    const { repositories } = parseScopes([many.join(' ')]);
    expect([...repositories.keys()]).toEqual(Array.from({ length: MAX_SCOPES }, (_, i) => `acme/app-${i}`));
    expect(parseScopes([...many, 'repository:acme/app-0:push']).repositories.get('acme/app-0')).toContain(
      'push',
    );
  });

  it('take no time to speak of, whatever they are', () => {
    const started = Date.now();
    parseScopes([`repository${'('.repeat(30_000)}:a:pull`, ':'.repeat(100_000), ' '.repeat(1_000_000)]);
    // Milliseconds; a pattern that begins anew at each of a million characters takes hours.
    expect(Date.now() - started).toBeLessThan(20_000);
  });
});
