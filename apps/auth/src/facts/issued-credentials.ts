import { Inject, Injectable } from '@nestjs/common';
import { factKey, type IssuedCredential, type Principal } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, equalSecrets } from '@packhouse/kernel';
import { FactCache, type Invalidations, INVALIDATIONS, type ReadFact } from '@packhouse/messaging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { markOf } from '../secrets/passwords';
import { Principals } from './principals';
import { accountSuspended } from './suspensions';

interface PasswordRow {
  login: string;
  site_admin: boolean;
  two_factor: Principal['twoFactor'];
  password_hash: string | null;
  suspended: boolean;
}

interface KnownAccount {
  readonly principal: Principal;
  readonly passwordMark: string;
  readonly isSuspended: boolean;
}

/** Who stands behind what our gateways signed: always the credential that was there before, never more. */
@Injectable()
export class IssuedCredentials {
  private readonly accounts: FactCache<KnownAccount>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
    private readonly principals: Principals,
  ) {
    this.accounts = new FactCache(invalidations, { max: 20_000 });
  }

  /** @throws DomainError `credentials_invalid` once the credential behind it has ended, `forbidden` of a suspended account. */
  async getPrincipal({ accountId, tokenHash, passwordMark }: IssuedCredential): Promise<Principal> {
    if (tokenHash === null) return this.getByPassword(accountId, passwordMark ?? '');
    const principal = await this.principals.getByTokenHash(tokenHash);
    if (principal.accountId !== accountId) throw ended();
    return principal;
  }

  private async getByPassword(accountId: string, passwordMark: string): Promise<Principal> {
    const known = await this.accounts.find(accountId, () => this.read(accountId));
    if (!known || !equalSecrets(known.passwordMark, passwordMark)) throw ended();
    if (known.isSuspended) throw accountSuspended(known.principal.login);
    return known.principal;
  }

  private async read(accountId: string): Promise<ReadFact<KnownAccount> | null> {
    const [row] = await this.database.query<PasswordRow>(
      `SELECT login, site_admin, two_factor, password_hash, suspended_at IS NOT NULL AS suspended
       FROM accounts WHERE id = $1 AND kind = 'user'`,
      [accountId],
    );
    if (!row?.password_hash) return null;
    const { login, site_admin: siteAdmin, two_factor: twoFactor } = row;
    const principal: Principal = {
      ...{ accountId, login, siteAdmin, twoFactor },
      ...{ tokenId: null, scopes: null, limits: null, workflow: null, expiresAt: null },
    };
    const value = { principal, passwordMark: markOf(row.password_hash), isSuspended: row.suspended };
    return { value, keys: [factKey.account(accountId)] };
  }
}

function ended(): DomainError {
  return new DomainError(
    'credentials_invalid',
    'What this credential was issued for has ended or changed: sign in again.',
  );
}
