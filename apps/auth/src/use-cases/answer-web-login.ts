import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, type Clock } from '@packhouse/kernel';
import { MoreThan } from 'typeorm';
import { InjectClock } from '../clock';
import { getWebLogin } from '../facts/web-logins';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { WebLoginEntity } from '../persistence/credential.entities';
import { SignIn } from './sign-in';

/** A person signs in on the page and approves or denies. The first answer counts. */
@Injectable()
export class AnswerWebLogin {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly signIn: SignIn,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ loginId, approve, ...credentials }: Ask<'answerWebLogin'>): Promise<Answer<'answerWebLogin'>> {
    const { manager } = this.database.dataSource;
    const waiting = await getWebLogin(manager, { loginId }, this.clock.now());
    const { principal } = await this.signIn.run(credentials);
    checkAnswerer(waiting, principal);
    const answered = await manager.update(
      WebLoginEntity,
      { loginId, state: 'pending', expiresAt: MoreThan(this.clock.now()) },
      { state: approve ? 'approved' : 'denied', accountId: principal.accountId },
    );
    if (answered.affected !== 1)
      throw new DomainError('forbidden', 'This sign-in is already answered: begin again for another.');
    return {};
  }
}

function checkAnswerer(waiting: WebLoginEntity, principal: Principal): void {
  // A token must not be traded for one with more rights.
  if (principal.tokenId !== null)
    throw new DomainError('forbidden', 'Sign in with your password here: an access token is not enough.');
  if (waiting.purpose === 'otp' && waiting.accountId !== principal.accountId) {
    throw new DomainError(
      'forbidden',
      `This was begun for another account than "${principal.login}": sign in as that one.`,
    );
  }
}
