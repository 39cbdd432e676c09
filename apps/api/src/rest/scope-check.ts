import { hasScope, reachesPackagesOnly } from '@packhouse/access';
import type { Principal, TokenScope } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';

/** Rejects `forbidden` unless the credential reaches as far as one of these scopes; no scopes: any credential does. */
export function requireAnyScope(principal: Principal, wanted: readonly TokenScope[]): void {
  if (wanted.length === 0) return;
  const names = wanted.join(' or ');
  if (!wanted.some((scope) => hasScope(principal.scopes, scope)))
    throw new DomainError(
      'forbidden',
      `This token lacks the scope ${names}: create one that has it, or sign in with your password.`,
    );
  // For packages the decision says how far such a token reaches.
  if (reachesPackagesOnly(principal) && !wanted.some((scope) => scope.endsWith(':packages')))
    throw new DomainError(
      'forbidden',
      `This kind of token reaches packages only: use a classic token with the scope ${names}, or sign in with your password.`,
    );
}
