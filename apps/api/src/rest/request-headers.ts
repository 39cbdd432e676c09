import type { Principal } from '@packhouse/contracts';
import type { FastifyRequest } from 'fastify';
import { declarationFor } from './operation';

/** The version of GitHub's server whose API this is: clients choose their features by it. */
export const ENTERPRISE_VERSION = '3.17.0';

/** Headers that GitHub's clients look for on every answer below /api/v3 and its like, failures included. */
export function commonHeaders(request: FastifyRequest): Record<string, string> {
  const accepted = declarationFor(request)?.scopes ?? [];
  return {
    'x-github-request-id': request.id,
    'x-request-id': request.id,
    'x-github-media-type': 'github.v3; format=json',
    'x-github-enterprise-version': ENTERPRISE_VERSION,
    'x-accepted-oauth-scopes': accepted.join(', '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}

/** What a classic token may do; other credentials have no scopes. */
export function scopeHeaders(principal: Principal | null): Record<string, string> {
  return principal?.scopes ? { 'x-oauth-scopes': principal.scopes.join(', ') } : {};
}
