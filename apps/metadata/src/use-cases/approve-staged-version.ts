import { Inject, Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import { INVALIDATIONS, outboxToken, type Invalidations, type Outbox } from '@packhouse/messaging';
import { StagedRepository } from '../persistence/staged.repository';
import type { Committed } from './commit-plan';
import { CommitVersion } from './commit-version';
import { stagedVersionDropped } from './package-events';
import { RestoreRoom } from './restore-room';

@Injectable()
export class ApproveStagedVersion {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    @Inject(INVALIDATIONS) private readonly invalidations: Invalidations,
    private readonly staged: StagedRepository,
    private readonly commitVersion: CommitVersion,
    private readonly room: RestoreRoom,
  ) {}

  /** Taken and published in one transaction: a refused publish leaves it staged. */
  async execute(
    request: RequestOf<typeof metadataContract, 'approveStagedVersion'>,
  ): Promise<ResponseOf<typeof metadataContract, 'approveStagedVersion'>> {
    const { response, staleKeys } = await this.room.publish((roomFor) => this.approve(request, roomFor));
    if (staleKeys.length > 0) await this.invalidations.announce(staleKeys);
    const packageCreated = response.outcome === 'created' && response.packageCreated;
    return { package: response.package, packageCreated, versionId: response.versionId };
  }

  private approve(
    { stagedId, actor }: RequestOf<typeof metadataContract, 'approveStagedVersion'>,
    roomFor: string | null,
  ): Promise<Committed> {
    return this.database.transaction(async (manager) => {
      const taken = await this.staged.take(manager, stagedId);
      if (!taken)
        throw new DomainError(
          'not_found',
          'There is no such staged version: it was approved or rejected already.',
        );
      const committed = await this.commitVersion.commit(manager, taken.request, { actor, roomFor });
      if (committed.response.versionId !== stagedId) {
        // The same content was published directly meanwhile: what the staged one holds is needed no longer.
        const { event, payload } = stagedVersionDropped(taken.request, committed.response.package);
        await this.outbox.record(manager, event, payload, actor);
      }
      return committed;
    });
  }
}
