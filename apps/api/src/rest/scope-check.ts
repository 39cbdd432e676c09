import type { Principal, TokenScope } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';

/** Scopes that hold others, as GitHub's do. */
const implied: Partial<Record<TokenScope, readonly TokenScope[]>> = {
  'write:packages': ['read:packages'],
  repo: ['public_repo'],
  'admin:org': ['write:org', 'read:org'],
  'write:org': ['read:org'],
  user: ['read:user'],
};

function holds(scopes: readonly TokenScope[], wanted: TokenScope): boolean {
  return scopes.some((scope) => scope === wanted || implied[scope]?.includes(wanted));
}

/** Rejects `forbidden` unless the credential reaches as far as one of these scopes; no scopes: any credential does. */
export function requireAnyScope(principal: Principal, wanted: readonly TokenScope[]): void {
  if (wanted.length === 0) return;
  const names = wanted.join(' or ');
  if (principal.scopes) {
    if (wanted.some((scope) => holds(principal.scopes ?? [], scope))) return;
    throw new DomainError(
      'forbidden',
      `This token lacks the scope ${names}: create one that has it, or sign in with your password.`,
    );
  }
  const isLimited = principal.limits !== null || principal.workflow !== null;
  if (isLimited && !wanted.some((scope) => scope.endsWith(':packages')))
    throw new DomainError(
      'forbidden',
      `This kind of token reaches packages only: use a classic token with the scope ${names}, or sign in with your password.`,
    );
}
