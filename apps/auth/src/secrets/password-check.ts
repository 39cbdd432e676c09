import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { factKey, type Principal } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, findLoginFault, loginKey, MINUTE } from '@packhouse/kernel';
import { FactCache, type Invalidations, INVALIDATIONS, type ReadFact } from '@packhouse/messaging';
import { accountSuspended } from '../facts/suspensions';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { GuessThrottle, passwordCounters } from './guess-throttle';
import { markOf, PasswordHasher } from './passwords';

export interface PasswordAttempt {
  readonly login: string;
  readonly password: string;
  readonly address?: string;
}

interface PasswordRow {
  id: string;
  login: string;
  site_admin: boolean;
  two_factor: Principal['twoFactor'];
  password_hash: string | null;
  suspended: boolean;
}

/** Whose password it is; only who knows it hears that the account is suspended. */
interface KnownPassword {
  readonly principal: Principal;
  readonly passwordMark: string;
  readonly isSuspended: boolean;
}

/** Whose password it was, and what names it. */
export type ProvenPassword = Pick<KnownPassword, 'principal' | 'passwordMark'>;

/** A right password is remembered this long, for clients that send it with every request. */
const rememberedMs = MINUTE;

/** Checks passwords, slowing guesses; what a wrong login and a wrong password answer is the same, in time too. */
@Injectable()
export class PasswordCheck {
  private readonly remembered: FactCache<KnownPassword>;
  /** Memory never holds a password, only this keyed hash of it; the key dies with the process. */
  private readonly key = randomBytes(32);
  /** The last check under way of each login with a password. */
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
    private readonly hasher: PasswordHasher,
    private readonly throttle: GuessThrottle,
  ) {
    this.remembered = new FactCache(invalidations, { max: 5_000, ttlMs: rememberedMs });
  }

  /** @throws DomainError `credentials_invalid`, `forbidden` of a suspended account, or `rate_limited` with `retryAfterSeconds`. */
  async check(attempt: PasswordAttempt): Promise<Principal> {
    return (await this.prove(attempt)).principal;
  }

  /** The same, with the mark of the password. */
  async prove({ login, password, address }: PasswordAttempt): Promise<ProvenPassword> {
    const known = findLoginFault(login) === null ? loginKey(login) : '';
    const name = createHmac('sha256', this.key).update(`${known}\0${password}`).digest('base64');
    const right = await this.remembered.find(name, () =>
      this.inTurn(name, () => this.verify(known, password, address)),
    );
    if (!right) throw new DomainError('credentials_invalid', 'The login or the password is wrong.');
    if (right.isSuspended) throw accountSuspended(right.principal.login);
    return right;
  }

  /**
   * The same password of the same login is checked once at a time. Each check counts as a failure until it succeeds:
   * together, those of one client that sends many requests at once would keep it out.
   */
  private async inTurn(
    name: string,
    verify: () => Promise<ReadFact<KnownPassword> | null>,
  ): Promise<ReadFact<KnownPassword> | null> {
    const before = this.underWay.get(name);
    const turn = (before ?? Promise.resolve()).then(() => {
      const value = before && this.remembered.peek(name);
      return value ? { value, keys: [factKey.account(value.principal.accountId)] } : verify();
    });
    const ended = turn.catch(() => undefined);
    this.underWay.set(name, ended);
    try {
      return await turn;
    } finally {
      if (this.underWay.get(name) === ended) this.underWay.delete(name);
    }
  }

  private async verify(
    key: string,
    password: string,
    address: string | undefined,
  ): Promise<ReadFact<KnownPassword> | null> {
    const succeed = await this.throttle.begin(passwordCounters(key, address));
    const [row] = await this.database.query<PasswordRow>(
      `SELECT id, login, site_admin, two_factor, password_hash, suspended_at IS NOT NULL AS suspended
       FROM accounts WHERE login_key = $1 AND kind = 'user'`,
      [key],
    );
    const right = await this.hasher.verify(password, row?.password_hash ?? null);
    if (!row?.password_hash || !right) return null;
    await succeed();
    const { id: accountId, login, site_admin: siteAdmin, two_factor: twoFactor } = row;
    const principal: Principal = {
      accountId,
      login,
      siteAdmin,
      tokenId: null,
      scopes: null,
      limits: null,
      workflow: null,
      expiresAt: null,
      twoFactor,
    };
    const value = { principal, passwordMark: markOf(row.password_hash), isSuspended: row.suspended };
    return { value, keys: [factKey.account(accountId)] };
  }
}
