import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { newSecret, type Clock } from '@packhouse/kernel';
import { StartNotices } from '@packhouse/runtime';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { insertAccount } from '../facts/accounts';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { PasswordHasher } from '../secrets/passwords';

/** The account of workflows is there from the beginning and is nobody. */
const anyAccount = "SELECT 1 FROM accounts WHERE kind <> 'bot' LIMIT 1";

/** The credentials of the administrator that this process has just made. */
export interface FirstCredentials {
  readonly login: string;
  readonly password: string;
  /** False: the password came from the settings, there is no need to show it. */
  readonly generated: boolean;
}

/**
 * Makes the first site administrator when the application starts on a database without accounts. Of several replicas
 * that start at once exactly one makes it. Its password is shown once, under the start screen. If the process dies
 * before that, `ResetPassword` gives a new one from the command line.
 */
@Injectable()
export class FirstAdministrator implements OnApplicationBootstrap {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
    private readonly settings: Settings,
    private readonly hasher: PasswordHasher,
    private readonly notices: StartNotices,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const made = await this.ensureFirstAdministrator();
    if (!made) return;
    const password = made.generated ? made.password : 'as set in PACKHOUSE_ADMIN_PASSWORD';
    this.notices.add(
      'The first administrator was created. This is shown once:',
      `  login     ${made.login}`,
      `  password  ${password}`,
    );
  }

  /** Makes the administrator unless there are accounts, and answers its credentials; null when there was nothing to do. */
  async ensureFirstAdministrator(): Promise<FirstCredentials | null> {
    // Looked at first without a lock and without hashing: every start but the first ends here.
    const [found] = await this.database.query(anyAccount);
    if (found) return null;
    const { adminLogin: login, adminPassword } = this.settings.values.accounts;
    const password = adminPassword ?? newSecret(15);
    const passwordHash = await this.hasher.hash(password);
    return this.transaction.run(async (change) => {
      // One at a time: whoever comes second sees the account of the first.
      await change.manager.query(
        "SELECT pg_advisory_xact_lock(hashtextextended('packhouse.first-administrator', 0))",
      );
      const existing = await change.manager.query<unknown[]>(anyAccount);
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
