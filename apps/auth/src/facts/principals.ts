import { Inject, Injectable } from '@nestjs/common';
import {
  factKey,
  type Principal,
  type TokenKind,
  type TokenLimits,
  type TokenScope,
  type WorkflowIdentity,
} from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, type Clock } from '@packhouse/kernel';
import { FactCache, type Invalidations, INVALIDATIONS, type ReadFact } from '@packhouse/messaging';
import { InjectClock } from '../clock';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { TokenUsage } from './token-usage';

interface TokenRow {
  id: string;
  kind: TokenKind;
  scopes: TokenScope[];
  limits: TokenLimits | null;
  workflow: WorkflowIdentity | null;
  /** Who owns the repository of the workflow now: it may have moved since the token was made. */
  repository_owner_id: string | null;
  expires_at: Date | null;
  account_id: string;
  login: string;
  site_admin: boolean;
  two_factor: Principal['twoFactor'];
}

interface KnownToken {
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

const tokenQuery = `
  SELECT t.id, t.kind, t.scopes, t.limits, t.workflow, t.expires_at, t.account_id, a.login, a.site_admin, a.two_factor,
         r.owner_id AS repository_owner_id
  FROM tokens t JOIN accounts a ON a.id = t.account_id
  LEFT JOIN repositories r ON r.id = (t.workflow->>'repositoryId')::uuid
  WHERE t.hash = $1 AND t.revoked_at IS NULL`;

/** Who stands behind an access token. */
@Injectable()
export class Principals {
  private readonly cache: FactCache<KnownToken>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
    private readonly usage: TokenUsage,
    @InjectClock() private readonly clock: Clock,
  ) {
    this.cache = new FactCache(invalidations, { max: 20_000 });
  }

  /** @throws DomainError `credentials_invalid` for an unknown, expired or revoked token. */
  async getByTokenHash(hash: string): Promise<Principal> {
    const known = this.cache.peek(hash) ?? (await this.load(hash));
    const now = this.clock.now();
    if (!known || known.expiresAtMs <= now.getTime()) {
      throw new DomainError(
        'credentials_invalid',
        'The access token is unknown, expired or revoked: create a new one.',
      );
    }
    this.usage.note(known.principal.tokenId, now);
    return known.principal;
  }

  private load(hash: string): Promise<KnownToken | null> {
    if (!/^[0-9a-f]{64}$/.test(hash)) return Promise.resolve(null);
    return this.cache.find(hash, () => this.read(hash));
  }

  private async read(hash: string): Promise<ReadFact<KnownToken> | null> {
    const [row] = await this.database.query<TokenRow>(tokenQuery, [hash], 'auth-token');
    if (!row) return null;
    const workflow = row.workflow && findLiveWorkflow(row.workflow, row.repository_owner_id);
    if (workflow === null && row.kind === 'workflow') return null;
    const principal: Principal = {
      accountId: row.account_id,
      login: row.login,
      siteAdmin: row.site_admin,
      tokenId: row.id,
      scopes: row.kind === 'classic' ? row.scopes : null,
      limits: row.limits,
      workflow,
      expiresAt: row.expires_at?.toISOString() ?? null,
      twoFactor: row.two_factor,
    };
    const value = { principal, expiresAtMs: row.expires_at?.getTime() ?? Infinity };
    const keys = [factKey.token(hash), factKey.account(row.account_id)];
    if (workflow?.repositoryId) keys.push(factKey.repository(workflow.repositoryId));
    return { value, keys };
  }
}

/** A workflow ends with its repository, and follows it to another owner. */
function findLiveWorkflow(
  workflow: WorkflowIdentity,
  repositoryOwnerId: string | null,
): WorkflowIdentity | null {
  if (workflow.repositoryId === null) return workflow;
  return repositoryOwnerId === null ? null : { ...workflow, ownerId: repositoryOwnerId };
}
