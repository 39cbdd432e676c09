import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError, type Clock } from '@packhouse/kernel';
import { IsNull } from 'typeorm';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import type { Answer, Ask } from '../messages';
import { TokenEntity } from '../persistence/credential.entities';

/** Ends a token. When this answers, every replica refuses it. */
@Injectable()
export class RevokeToken {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'revokeToken'>): Promise<Answer<'revokeToken'>> {
    const { accountId, repositoryId, tokenId, hash, actor } = request;
    if (tokenId === undefined && hash === undefined) {
      throw new DomainError(
        'invalid_request',
        'Say which token to revoke: by its id or by the hash of its text.',
      );
    }
    const which = {
      ...{ accountId, revokedAt: IsNull() },
      ...(tokenId === undefined ? {} : { id: tokenId }),
      ...(hash === undefined ? {} : { hash }),
    };
    if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) throw notFound();
    await this.transaction.run(async (change) => {
      const row = await change.manager.findOne(TokenEntity, {
        where: which,
        lock: { mode: 'pessimistic_write' },
      });
      if (!row || !isOfRepository(row, repositoryId)) throw notFound();
      await change.manager.update(TokenEntity, { id: row.id }, { revokedAt: this.clock.now() });
      await change.record(authEvents.tokenRevoked, { accountId, tokenId: row.id }, actor);
      change.forget(factKey.token(row.hash));
    });
    return {};
  }
}

function isOfRepository({ workflow }: TokenEntity, repositoryId: string | null): boolean {
  return repositoryId === null || workflow?.repositoryId === repositoryId;
}

function notFound(): DomainError {
  return new DomainError('not_found', 'This account has no such token.');
}
