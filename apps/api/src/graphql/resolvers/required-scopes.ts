import { hasScope } from '@packhouse/access';
import type { Principal, TokenScope } from '@packhouse/contracts';
import { GraphError } from '../graph-error';

/** Refuses a classic token without the scope, as GitHub words it (spec G-11). */
export function requirePackageScope({ scopes }: Principal, field: string, scope: TokenScope): void {
  if (scopes === null || hasScope(scopes, scope)) return;
  throw new GraphError(
    'INSUFFICIENT_SCOPES',
    `Your token has not been granted the required scopes to execute this query. The '${field}' field requires one of the following scopes: ['${scope}'], but your token has only been granted the: [${scopes.map((one) => `'${one}'`).join(', ')}] scopes. Create a token that has it.`,
  );
}
