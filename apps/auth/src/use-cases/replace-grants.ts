import { Injectable } from '@nestjs/common';
import {
  authEvents,
  factKey,
  type EventEnvelope,
  type EventPayload,
  type metadataEvents,
} from '@packhouse/contracts';
import { AuthTransaction, type Change } from '../auth-transaction';
import type { Answer, Ask } from '../messages';

/**
 * Turning inheritance on or off overwrites who has access (spec P-14). Decisions do not wait for this: they go by the
 * package's own switch. What is done here makes sure that no old grant comes to life when the switch is turned again.
 */
@Injectable()
export class ReplaceGrants {
  constructor(private readonly transaction: AuthTransaction) {}

  async run(request: Ask<'replaceGrants'>): Promise<Answer<'replaceGrants'>> {
    const { packageId, ownerId, inheritsAccess, revision, actor } = request;
    await this.transaction.run(async (change) => {
      const isNews = await change.manager.query<unknown[]>(
        `INSERT INTO replaced_grants AS known (package_id, revision) VALUES ($1, $2)
         ON CONFLICT (package_id) DO UPDATE SET revision = excluded.revision WHERE known.revision < excluded.revision
         RETURNING revision`,
        [packageId, revision],
      );
      if (isNews.length === 0) return;
      const forgotten = await dropGrants(change, packageId);
      if (!inheritsAccess && actor && (await makeAdmin(change, request))) forgotten.push(actor.accountId);
      await change.record(authEvents.grantsReplaced, { packageId, inheritsAccess }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(ownerId));
      change.forget(...forgotten.map((id) => factKey.account(id)));
    });
    return {};
  }

  async runLater({
    actor,
    payload,
  }: EventEnvelope<EventPayload<typeof metadataEvents.accessModeChanged>>): Promise<void> {
    const { packageId, ownerId, inheritsAccess, revision } = payload;
    await this.run({ packageId, ownerId, inheritsAccess, revision, actor });
  }
}

async function dropGrants({ manager }: Change, packageId: string): Promise<string[]> {
  const [rows] = await manager.query<[Array<{ account_id: string }>, number]>(
    'UPDATE grants SET role = NULL WHERE package_id = $1 AND role IS NOT NULL RETURNING account_id',
    [packageId],
  );
  await manager.query('DELETE FROM team_grants WHERE package_id = $1', [packageId]);
  return rows.map((row) => row.account_id);
}

/** Owners need no grant on what is theirs, and workflows are not people. */
async function makeAdmin(
  { manager }: Change,
  { packageId, ownerId, actor }: Ask<'replaceGrants'>,
): Promise<boolean> {
  if (!actor || actor.accountId === ownerId) return false;
  const written = await manager.query<unknown[]>(
    `INSERT INTO grants (package_id, owner_id, account_id, role)
     SELECT $1, $2, id, 'admin' FROM accounts WHERE id = $3 AND kind = 'user'
     ON CONFLICT (package_id, account_id) DO UPDATE SET role = 'admin', owner_id = excluded.owner_id RETURNING role`,
    [packageId, ownerId, actor.accountId],
  );
  return written.length > 0;
}
