import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { factKey, type Principal } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, HOUR, MINUTE, type Clock } from '@packhouse/kernel';
import { FactCache, type Invalidations, INVALIDATIONS, type ReadFact } from '@packhouse/messaging';
import { InjectClock } from '../clock';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { accountSuspended } from './suspensions';

interface SessionRow {
  idle_ends_at: Date;
  account_id: string;
  login: string;
  site_admin: boolean;
  two_factor: Principal['twoFactor'];
  suspended: boolean;
}

interface KnownSession {
  readonly isSuspended: boolean;
  readonly principal: Principal;
  readonly endsMs: number;
}

/** Reading a session is also using it: one statement does both. */
const useQuery = `
  UPDATE sessions s SET last_used_at = $2, idle_ends_at = LEAST(s.ends_at, $3)
  FROM accounts a
  WHERE s.hash = $1 AND s.idle_ends_at > $2 AND a.id = s.account_id
  RETURNING s.idle_ends_at, s.account_id, a.login, a.site_admin, a.two_factor,
    a.suspended_at IS NOT NULL AS suspended`;

/** Who stands behind a session of the web interface. Asked for every request, written once a minute. */
@Injectable()
export class Sessions {
  private readonly cache: FactCache<KnownSession>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
    private readonly settings: Settings,
    @InjectClock() private readonly clock: Clock,
  ) {
    this.cache = new FactCache(invalidations, { max: 20_000, ttlMs: MINUTE });
  }

  /** @throws DomainError `credentials_invalid` for an unknown or ended session, `forbidden` of a suspended account. */
  async getByHash(hash: string): Promise<Principal> {
    const now = this.clock.now();
    // The minute is part of the name: what is known of a session is read, and its use written, again in the next one.
    const name = `${hash} ${Math.floor(now.getTime() / MINUTE)}`;
    const known = /^[0-9a-f]{64}$/.test(hash) ? await this.cache.find(name, () => this.use(hash, now)) : null;
    if (!known || known.endsMs <= now.getTime())
      throw new DomainError('credentials_invalid', 'The session has ended: sign in again.');
    if (known.isSuspended) throw accountSuspended(known.principal.login);
    return known.principal;
  }

  private async use(hash: string, now: Date): Promise<ReadFact<KnownSession> | null> {
    const idleEnd = new Date(now.getTime() + this.settings.values.credentials.sessionIdleHours * HOUR);
    const [row] = await this.database.query<SessionRow>(useQuery, [hash, now, idleEnd], 'auth-session');
    if (!row) return null;
    const { account_id: accountId, login, site_admin: siteAdmin, two_factor: twoFactor } = row;
    const principal: Principal = {
      ...{ accountId, login, siteAdmin, twoFactor },
      ...{ tokenId: null, scopes: null, limits: null, workflow: null },
      expiresAt: row.idle_ends_at.toISOString(),
    };
    const value = { principal, endsMs: row.idle_ends_at.getTime(), isSuspended: row.suspended };
    return { value, keys: [factKey.token(hash), factKey.account(accountId)] };
  }
}
