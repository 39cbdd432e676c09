import { authEvents, type Actor, type TokenInfo, type TokenScope } from '@packhouse/contracts';
import { DomainError, hashToken, newId, newTokenText } from '@packhouse/kernel';
import type { Change } from '../auth-transaction';
import { TokenEntity } from '../persistence/credential.entities';
import { readLine } from '../plain-text';
import { getAccountRow } from './accounts';

/** Characters of a token's text that lists show. */
const prefixLength = 8;

/** A token that can change nothing is shown as read-only. */
const changingScopes: ReadonlySet<TokenScope> = new Set([
  'write:packages',
  'delete:packages',
  'repo',
  'admin:org',
  'user',
  'site_admin',
]);

export function toTokenInfo(row: TokenEntity): TokenInfo {
  const { id, name, prefix, scopes } = row;
  return {
    ...{ id, name, prefix, scopes },
    readonly: !scopes.some((scope) => changingScopes.has(scope)),
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  };
}

export interface NewToken {
  readonly accountId: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly expiresAt: Date | null;
  /** Who makes it. */
  readonly actor: Actor;
}

/** Makes a token in the caller's transaction. Its text is in the answer and nowhere else. */
export async function insertToken(
  change: Change,
  token: NewToken,
  now: Date,
): Promise<{ token: string; info: TokenInfo }> {
  const { accountId, expiresAt } = token;
  const name = readLine(token.name, 'name of the token', 200);
  if (name === '') throw new DomainError('invalid_request', 'A token needs a name: say what it is for.');
  if (expiresAt !== null && expiresAt <= now) {
    throw new DomainError(
      'invalid_request',
      'The expiry of the token is in the past: give a time to come, or none.',
    );
  }
  const account = await getAccountRow(change.manager, accountId, 'user');
  if (token.scopes.includes('site_admin') && !account.siteAdmin) {
    throw new DomainError(
      'forbidden',
      'Only site administrators may create tokens with the scope "site_admin".',
    );
  }
  const text = newTokenText();
  const row = change.manager.create(TokenEntity, {
    ...{
      id: newId(now.getTime()),
      accountId,
      name,
      prefix: text.slice(0, prefixLength),
      hash: hashToken(text),
    },
    ...{ scopes: [...new Set(token.scopes)], createdAt: now, lastUsedAt: null, expiresAt, revokedAt: null },
  });
  await change.manager.insert(TokenEntity, row);
  await change.record(authEvents.tokenCreated, { accountId, tokenId: row.id, name }, token.actor);
  return { token: text, info: toTokenInfo(row) };
}
