import {
  authEvents,
  type Actor,
  type TokenInfo,
  type TokenKind,
  type TokenLimits,
  type TokenScope,
  type WorkflowIdentity,
} from '@packhouse/contracts';
import { DomainError, hashToken, newId, newTokenText } from '@packhouse/kernel';
import type { Change } from '../auth-transaction';
import { TokenEntity } from '../persistence/credential.entities';
import { readLine } from '../plain-text';

/** Characters of a token's text that lists show. */
const prefixLength = 8;

/** A token that can change nothing is shown as read-only. */
const changingScopes: ReadonlySet<TokenScope> = new Set([
  'write:packages',
  'delete:packages',
  'repo',
  'public_repo',
  'write:org',
  'admin:org',
  'user',
  'site_admin',
]);

export function toTokenInfo(row: TokenEntity): TokenInfo {
  const { id, name, kind, prefix, scopes, limits, workflow } = row;
  return {
    ...{ id, name, kind, prefix, scopes, limits, workflow },
    readonly: isReadonly(row),
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  };
}

function isReadonly({ kind, scopes, limits, workflow }: TokenEntity): boolean {
  if (kind === 'classic') return !scopes.some((scope) => changingScopes.has(scope));
  return workflow?.role === 'read' || (limits?.actions.every((action) => action === 'read') ?? false);
}

/** What a token may be used for; its kind follows from it. */
export interface TokenReach {
  readonly scopes: readonly TokenScope[];
  readonly limits: TokenLimits | null;
  readonly workflow: WorkflowIdentity | null;
}

export interface NewToken extends TokenReach {
  readonly accountId: string;
  readonly name: string;
  readonly expiresAt: Date | null;
  /** Who makes it. */
  readonly actor: Actor;
  /** Whose trust it rests on: it ends with it. */
  readonly publisherId?: string;
}

export interface CreatedToken {
  readonly token: string;
  readonly info: TokenInfo;
}

/** Makes a token in the caller's transaction. Its text is in the answer and nowhere else. */
export async function insertToken(change: Change, token: NewToken, now: Date): Promise<CreatedToken> {
  const { accountId, expiresAt, limits, workflow, actor } = token;
  const name = readLine(token.name, 'name of the token', 200);
  if (name === '') throw new DomainError('invalid_request', 'A token needs a name: say what it is for.');
  if (expiresAt !== null && expiresAt <= now) {
    throw new DomainError(
      'invalid_request',
      'The expiry of the token is in the past: give a time to come, or none.',
    );
  }
  const text = newTokenText();
  const kind = kindOf(token);
  const scopes = [...new Set(token.scopes)];
  const row = change.manager.create(TokenEntity, {
    ...{ id: newId(now.getTime()), accountId, name, hash: hashToken(text), kind, scopes, limits, workflow },
    ...{ prefix: text.slice(0, prefixLength), createdBy: actor.accountId, createdAt: now, expiresAt },
    ...{ lastUsedAt: null, revokedAt: null },
  });
  await writeToken(change, row, token.publisherId ?? null);
  const reach = { kind, scopes, limits, workflow, expiresAt: expiresAt?.toISOString() ?? null };
  await change.record(authEvents.tokenCreated, { accountId, tokenId: row.id, name, ...reach }, actor);
  return { token: text, info: toTokenInfo(row) };
}

function kindOf({ limits, workflow }: TokenReach): TokenKind {
  if (workflow !== null) return 'workflow';
  return limits === null ? 'classic' : 'fine-grained';
}

/** Whoever asks for it may be gone, or a process without an account: then nobody made it. */
async function writeToken({ manager }: Change, row: TokenEntity, publisherId: string | null): Promise<void> {
  await manager.query(
    `INSERT INTO tokens (id, account_id, name, kind, prefix, hash, scopes, limits, workflow, created_at, expires_at, publisher_id, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, (SELECT id FROM accounts WHERE id = $13))`,
    [
      ...[row.id, row.accountId, row.name, row.kind, row.prefix, row.hash, row.scopes],
      ...[row.limits, row.workflow, row.createdAt, row.expiresAt, publisherId, row.createdBy],
    ],
  );
}
