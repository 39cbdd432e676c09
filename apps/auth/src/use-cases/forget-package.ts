import { Injectable } from '@nestjs/common';
import { factKey, type EventEnvelope, type EventPayload, type metadataEvents } from '@packhouse/contracts';
import { AuthTransaction } from '../auth-transaction';

/** Who had access to it, in every way in which somebody can. */
const tables = ['grants', 'team_grants', 'workflow_grants', 'replaced_grants'] as const;

/**
 * A purged package never comes back, and its id is never given again: nothing of its access needs to stay. The purge is
 * in the record; what goes with it is not told grant by grant.
 */
@Injectable()
export class ForgetPackage {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ payload }: EventEnvelope<EventPayload<typeof metadataEvents.packagePurged>>): Promise<void> {
    const { packageId } = payload;
    await this.transaction.run(async ({ manager, forget }) => {
      for (const table of tables)
        await manager.query(`DELETE FROM ${table} WHERE package_id = $1`, [packageId]);
      forget(factKey.packageAccess(packageId));
    });
  }
}
