import type { Principal, TokenScope } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import { requireAnyScope } from './scope-check';

function principal(changes: Partial<Principal>): Principal {
  return {
    accountId: newId(),
    login: 'alice',
    siteAdmin: false,
    tokenId: null,
    scopes: null,
    limits: null,
    workflow: null,
    expiresAt: null,
    twoFactor: 'off',
    ...changes,
  };
}

const classic = (...scopes: TokenScope[]): Principal => principal({ scopes });

describe('the scopes of an operation', () => {
  it('are met by a password, by one of them, and by a scope that contains one', () => {
    expect(() => requireAnyScope(principal({}), ['admin:org'])).not.toThrow();
    expect(() => requireAnyScope(classic('read:org'), ['read:audit_log', 'read:org'])).not.toThrow();
    expect(() => requireAnyScope(classic('admin:org'), ['read:org'])).not.toThrow();
    expect(() => requireAnyScope(classic(), [])).not.toThrow();
  });

  it('are not met by smaller ones, and the refusal names what is missing', () => {
    expect(() => requireAnyScope(classic('read:org'), ['admin:org'])).toThrow(/lacks the scope admin:org/);
    expect(() => requireAnyScope(classic(), ['repo', 'public_repo'])).toThrow(/repo or public_repo/);
  });

  it('keep tokens of other kinds to packages', () => {
    const fine = principal({ limits: { ownerId: newId(), packages: null, actions: ['read'] } });
    const workflow = principal({ workflow: { ownerId: newId(), repositoryId: null, role: 'write' } });
    for (const one of [fine, workflow]) {
      expect(() => requireAnyScope(one, ['read:packages'])).not.toThrow();
      expect(() => requireAnyScope(one, ['admin:org'])).toThrow(/reaches packages only/);
      expect(() => requireAnyScope(one, ['site_admin'])).toThrow(/reaches packages only/);
    }
  });
});
