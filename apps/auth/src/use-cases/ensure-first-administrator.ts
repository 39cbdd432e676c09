import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { newSecret, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { insertAccount } from '../facts/accounts';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { PasswordHasher } from '../secrets/passwords';

/** The credentials of the administrator that this process has just made. */
export interface FirstCredentials {
  readonly login: string;
  readonly password: string;
  /** False: the password came from the settings, there is no need to show it. */
  readonly generated: boolean;
}

/**
 * Makes the first site administrator when the application starts on a database without accounts. Of several replicas
 * that start at once exactly one makes it. If the process dies before the password was shown, `ResetPassword` gives a new one.
 */
@Injectable()
export class FirstAdministrator implements OnApplicationBootstrap {
  private made: FirstCredentials | null = null;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
    private readonly settings: Settings,
    private readonly hasher: PasswordHasher,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.made ??= await this.create();
  }

  /**
   * Makes the administrator unless there are accounts. Answers its credentials a single time, also when the start of
   * the application made it; null when there is nothing to show.
   */
  async ensureFirstAdministrator(): Promise<FirstCredentials | null> {
    const credentials = this.made ?? (await this.create());
    this.made = null;
    return credentials;
  }

  private async create(): Promise<FirstCredentials | null> {
    // Looked at first without a lock and without hashing: every start but the first ends here.
    const [found] = await this.database.query('SELECT 1 FROM accounts LIMIT 1');
    if (found) return null;
    const { adminLogin: login, adminPassword } = this.settings.values.accounts;
    const password = adminPassword ?? newSecret(15);
    const passwordHash = await this.hasher.hash(password);
    return this.transaction.run(async (change) => {
      // One at a time: whoever comes second sees the account of the first.
      await change.manager.query(
        "SELECT pg_advisory_xact_lock(hashtextextended('packhouse.first-administrator', 0))",
      );
      const existing = await change.manager.query<unknown[]>('SELECT 1 FROM accounts LIMIT 1');
      if (existing.length > 0) return null;
      const administrator = {
        kind: 'user' as const,
        login,
        displayName: null,
        siteAdmin: true,
        passwordHash,
      };
      await insertAccount(change, administrator, this.clock.now(), null);
      return { login, password, generated: adminPassword === undefined };
    });
  }
}
