import { Injectable } from '@nestjs/common';
import { authEvents, factKey, workflowAccount } from '@packhouse/contracts';
import { DomainError, type Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import type { Answer, Ask } from '../messages';

/** Takes the trust back, and with it the tokens that rest on it. When this answers, every replica refuses them. */
@Injectable()
export class RemoveTrustedPublisher {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'removeTrustedPublisher'>): Promise<Answer<'removeTrustedPublisher'>> {
    const { ownerId, publisherId, actor } = request;
    await this.transaction.run(async (change) => {
      // Locked before its tokens are looked at: an exchange under way has written its token, or meets no publisher.
      const [row] = await change.manager.query<Array<{ issuer: string }>>(
        'SELECT issuer FROM trusted_publishers WHERE id = $1 AND owner_id = $2 FOR UPDATE',
        [publisherId, ownerId],
      );
      if (!row) throw new DomainError('not_found', 'There is no such trusted publisher.');
      await this.revokeTokens(change, request);
      await change.manager.query('DELETE FROM trusted_publishers WHERE id = $1', [publisherId]);
      await change.record(authEvents.publisherRemoved, { publisherId, ownerId, issuer: row.issuer }, actor);
    });
    return {};
  }

  private async revokeTokens(
    { manager, record, forget }: Change,
    { publisherId, actor }: Ask<'removeTrustedPublisher'>,
  ): Promise<void> {
    const [revoked] = await manager.query<[Array<{ id: string; hash: string }>, number]>(
      `UPDATE tokens SET revoked_at = $2
       WHERE publisher_id = $1 AND revoked_at IS NULL AND expires_at > $2 RETURNING id, hash`,
      [publisherId, this.clock.now()],
    );
    for (const { id, hash } of revoked) {
      await record(authEvents.tokenRevoked, { accountId: workflowAccount.id, tokenId: id }, actor);
      forget(factKey.token(hash));
    }
  }
}
