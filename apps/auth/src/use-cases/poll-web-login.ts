import { Inject, Injectable } from '@nestjs/common';
import type { TokenScope } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DAY, DomainError, MINUTE, newSecret, sha256Hex, type Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import { insertToken } from '../facts/tokens';
import { getWebLogin } from '../facts/web-logins';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { OneTimeCodeEntity, WebLoginEntity } from '../persistence/credential.entities';

const tokenScopes: readonly TokenScope[] = ['read:packages', 'write:packages', 'delete:packages'];
const tokenLifetimeMs = 30 * DAY;
const codeLifetimeMs = 5 * MINUTE;

/** Gives the client the outcome of its web sign-in, a single time: the token is made as it is given. */
@Injectable()
export class PollWebLogin {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({ pollSecret }: Ask<'pollWebLogin'>): Promise<Answer<'pollWebLogin'>> {
    const pollHash = sha256Hex(pollSecret);
    const row = await getWebLogin(this.database.dataSource.manager, { pollHash }, this.clock.now());
    switch (row.state) {
      case 'pending':
        return { state: 'pending' };
      case 'denied':
        throw new DomainError('forbidden', 'The sign-in was denied in the browser.');
      case 'used':
        throw spent();
      case 'approved':
        return { state: 'done', token: await this.transaction.run((change) => this.give(change, row)) };
    }
  }

  private async give(
    change: Change,
    { loginId, purpose, accountId, address }: WebLoginEntity,
  ): Promise<string> {
    const taken = await change.manager.update(
      WebLoginEntity,
      { loginId, state: 'approved' },
      { state: 'used' },
    );
    if (taken.affected !== 1 || accountId === null) throw spent();
    const now = this.clock.now();
    if (purpose === 'login') {
      const name = `web login ${now.toISOString().slice(0, 10)}`;
      const expiresAt = new Date(now.getTime() + tokenLifetimeMs);
      const { login } = await getAccountRow(change.manager, accountId);
      const actor = { accountId, login, tokenId: null, address, requestId: null };
      const reach = { scopes: tokenScopes, limits: null, workflow: null };
      const made = { accountId, name, ...reach, expiresAt, actor };
      return (await insertToken(change, made, now)).token;
    }
    const code = newSecret(24);
    const expiresAt = new Date(now.getTime() + codeLifetimeMs);
    await change.manager.insert(OneTimeCodeEntity, { hash: sha256Hex(code), accountId, expiresAt });
    return code;
  }
}

function spent(): DomainError {
  return new DomainError('not_found', 'This sign-in is unknown, expired or finished: begin again.');
}
