import { Injectable } from '@nestjs/common';
import {
  authEvents,
  factKey,
  workflowAccount,
  type EventEnvelope,
  type EventPayload,
  type metadataEvents,
} from '@packhouse/contracts';
import { AuthTransaction } from '../auth-transaction';
import { AccountEntity } from '../persistence/account.entities';

type PackageCreated = EventEnvelope<EventPayload<typeof metadataEvents.packageCreated>>;

/**
 * Whoever first publishes a package becomes its admin (spec P-4), unless it inherits its access; a workflow makes its
 * repository's workflows admin of it (spec P-5). The publish flow grants that at once; this event is the safety net
 * for a process that died in between. A grant that exists, or was taken back, stays as it is.
 */
@Injectable()
export class GrantCreator {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ actor, payload }: PackageCreated): Promise<void> {
    const { packageId, ownerId, repositoryId } = payload;
    const actorId = actor?.accountId;
    if (!actorId || actorId === ownerId) return;
    if (actorId === workflowAccount.id) {
      if (repositoryId) await this.grantWorkflows(payload, repositoryId, actor);
      return;
    }
    if (payload.inheritsAccess) return;
    await this.transaction.run(async (change) => {
      if (!(await change.manager.existsBy(AccountEntity, { id: actorId, kind: 'user' }))) return;
      const written = await change.manager.query<unknown[]>(
        `INSERT INTO grants (package_id, owner_id, account_id, role) VALUES ($1, $2, $3, 'admin')
         ON CONFLICT DO NOTHING RETURNING role`,
        [packageId, ownerId, actorId],
      );
      if (written.length === 0) return;
      await change.record(authEvents.grantChanged, { packageId, accountId: actorId, role: 'admin' }, actor);
      change.forget(factKey.account(actorId), factKey.packageAccess(packageId));
    });
  }

  private async grantWorkflows(
    { packageId, ownerId }: PackageCreated['payload'],
    repositoryId: string,
    actor: PackageCreated['actor'],
  ): Promise<void> {
    await this.transaction.run(async (change) => {
      const written = await change.manager.query<unknown[]>(
        `INSERT INTO workflow_grants (package_id, owner_id, repository_id, role)
         SELECT $1, $2, id, 'admin' FROM repositories WHERE id = $3 AND owner_id = $2
         ON CONFLICT DO NOTHING RETURNING role`,
        [packageId, ownerId, repositoryId],
      );
      if (written.length === 0) return;
      await change.record(authEvents.workflowGrantChanged, { packageId, repositoryId, role: 'admin' }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(ownerId));
    });
  }
}
