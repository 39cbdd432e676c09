import { Injectable } from '@nestjs/common';
import {
  authEvents,
  factKey,
  type EventEnvelope,
  type EventPayload,
  type metadataEvents,
} from '@packhouse/contracts';
import { AuthTransaction } from '../auth-transaction';
import { AccountEntity } from '../persistence/account.entities';

/**
 * Whoever first publishes a package becomes its admin (spec P-4). The publish flow grants that at once; this event is
 * the safety net for a process that died in between. A grant that exists, or was taken back, stays as it is.
 */
@Injectable()
export class GrantCreator {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({
    actor,
    payload,
  }: EventEnvelope<EventPayload<typeof metadataEvents.packageCreated>>): Promise<void> {
    const { packageId, ownerId } = payload;
    const actorId = actor?.accountId;
    if (!actorId || actorId === ownerId) return;
    await this.transaction.run(async (change) => {
      if (!(await change.manager.existsBy(AccountEntity, { id: actorId, kind: 'user' }))) return;
      const written = await change.manager.query<unknown[]>(
        "INSERT INTO grants (package_id, account_id, role) VALUES ($1, $2, 'admin') ON CONFLICT DO NOTHING RETURNING role",
        [packageId, actorId],
      );
      if (written.length === 0) return;
      await change.record(authEvents.grantChanged, { packageId, accountId: actorId, role: 'admin' }, actor);
      change.forget(factKey.account(actorId), factKey.packageAccess(packageId));
    });
  }
}
