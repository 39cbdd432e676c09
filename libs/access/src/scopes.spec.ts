import { tokenScopes, type TokenScope } from '@packhouse/contracts';
import { credentialReaches, hasScope } from './scopes';

/** By hand, from GitHub's documentation of OAuth scopes. */
const expected: ReadonlyArray<readonly [TokenScope, readonly TokenScope[]]> = [
  ['repo', ['repo', 'public_repo']],
  ['public_repo', ['public_repo']],
  ['admin:org', ['admin:org', 'write:org', 'read:org']],
  ['write:org', ['write:org', 'read:org']],
  ['read:org', ['read:org']],
  ['user', ['user', 'read:user']],
  ['read:user', ['read:user']],
  ['write:packages', ['write:packages', 'read:packages']],
  ['read:packages', ['read:packages']],
  ['delete:packages', ['delete:packages']],
  ['read:audit_log', ['read:audit_log']],
  ['site_admin', ['site_admin']],
];

describe('scopes', () => {
  it.each(expected)('%s contains exactly %j', (scope, contained) => {
    expect(tokenScopes.filter((one) => hasScope([scope], one)).sort()).toEqual([...contained].sort());
  });

  it('that are not there (a password, a session) limit nothing, and an empty list allows nothing', () => {
    expect(tokenScopes.every((scope) => hasScope(null, scope))).toBe(true);
    expect(tokenScopes.some((scope) => hasScope([], scope))).toBe(false);
  });

  it('are never stood in for by the limits of a fine-grained or workflow token', () => {
    const ownerId = '01900000-0000-7000-8000-0000000000aa';
    const limits = { ownerId, packages: null, actions: ['admin' as const] };
    const workflow = { ownerId, repositoryId: null, role: 'admin' as const };
    for (const scope of tokenScopes) {
      expect(credentialReaches({ scopes: null, limits, workflow: null }, scope)).toBe(false);
      expect(credentialReaches({ scopes: null, limits: null, workflow }, scope)).toBe(false);
      expect(credentialReaches({ scopes: null, limits: null, workflow: null }, scope)).toBe(true);
    }
  });
});
