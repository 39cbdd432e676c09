import { Injectable } from '@nestjs/common';
import type { Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { checkLogin, insertAccount } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { PasswordHasher } from '../secrets/passwords';

/** Makes a user. Without a password it can sign in with tokens only. */
@Injectable()
export class CreateUser {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly hasher: PasswordHasher,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({
    login,
    password,
    email,
    displayName,
    siteAdmin,
    actor,
  }: Ask<'createUser'>): Promise<Answer<'createUser'>> {
    checkLogin(login);
    const passwordHash = password === null ? null : await this.hasher.hash(password);
    const user = { kind: 'user' as const, login, displayName, email, siteAdmin, passwordHash };
    const account = await this.transaction.run((change) =>
      insertAccount(change, user, this.clock.now(), actor),
    );
    return { account };
  }
}
