import { Inject, Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import { outboxToken, type Outbox } from '@packhouse/messaging';
import { PackageRepository } from '../persistence/package.repository';
import { StagedRepository } from '../persistence/staged.repository';
import { stagedVersionDropped } from './package-events';

@Injectable()
export class RejectStagedVersion {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    private readonly staged: StagedRepository,
    private readonly packages: PackageRepository,
  ) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'rejectStagedVersion'>,
  ): Promise<Record<string, never>> {
    const { stagedId, actor } = request;
    await this.database.transaction(async (manager) => {
      const taken = await this.staged.take(manager, stagedId);
      if (!taken)
        throw new DomainError(
          'not_found',
          'There is no such staged version: it was approved or rejected already.',
        );
      const { format, ownerId, package: target } = taken.request;
      const facts = await this.packages.find({ format, ownerId, nameKey: target.nameKey });
      const { event, payload } = stagedVersionDropped(taken.request, facts);
      await this.outbox.record(manager, event, payload, actor);
    });
    return {};
  }
}
