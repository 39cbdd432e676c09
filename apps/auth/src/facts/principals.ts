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
import { accountSuspended, workflowSuspended } from './suspensions';
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
  suspended: boolean;
  /** Of a workflow: whose suspension ends it, and who of them is suspended. */
  rests_on: string[];
  suspended_support: string | null;
}

interface KnownToken {
  readonly principal: Principal;
  readonly expiresAtMs: number;
  /** Why it does nothing while its account, or who a workflow rests on, is suspended. */
  readonly suspended: DomainError | null;
}

const tokenQuery = `
  SELECT t.id, t.kind, t.scopes, t.limits, t.workflow, t.expires_at, t.account_id, a.login, a.site_admin, a.two_factor,
         r.owner_id AS repository_owner_id, a.suspended_at IS NOT NULL AS suspended, support.rests_on,
         support.suspended_support
  FROM tokens t JOIN accounts a ON a.id = t.account_id
  LEFT JOIN repositories r ON r.id = (t.workflow->>'repositoryId')::uuid
  CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(s.id), '{}') AS rests_on,
      min(s.login) FILTER (WHERE s.suspended_at IS NOT NULL) AS suspended_support
    FROM accounts s
    WHERE t.kind = 'workflow' AND s.id IN (t.created_by, coalesce(r.owner_id, (t.workflow->>'ownerId')::uuid))) support
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

  /** @throws DomainError `credentials_invalid` for an unknown, expired or revoked token, `forbidden` of a suspended account. */
  async getByTokenHash(hash: string): Promise<Principal> {
    const known = this.cache.peek(hash) ?? (await this.load(hash));
    const now = this.clock.now();
    if (!known || known.expiresAtMs <= now.getTime()) {
      throw new DomainError(
        'credentials_invalid',
        'The access token is unknown, expired or revoked: create a new one.',
      );
    }
    if (known.suspended) throw known.suspended;
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
    const suspended = findSuspension(row);
    const value = { principal, expiresAtMs: row.expires_at?.getTime() ?? Infinity, suspended };
    const keys = [factKey.token(hash), ...[row.account_id, ...row.rests_on].map(factKey.account)];
    if (workflow?.repositoryId) keys.push(factKey.repository(workflow.repositoryId));
    return { value, keys };
  }
}

function findSuspension({ login, suspended, suspended_support: support }: TokenRow): DomainError | null {
  if (suspended) return accountSuspended(login);
  return support === null ? null : workflowSuspended(support);
}

/** A workflow ends with its repository, and follows it to another owner. */
function findLiveWorkflow(
  workflow: WorkflowIdentity,
  repositoryOwnerId: string | null,
): WorkflowIdentity | null {
  if (workflow.repositoryId === null) return workflow;
  return repositoryOwnerId === null ? null : { ...workflow, ownerId: repositoryOwnerId };
}
