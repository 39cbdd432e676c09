import { Inject, Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError, type Clock } from '@packhouse/kernel';
import { outboxToken, type Outbox } from '@packhouse/messaging';
import { CLOCK } from '../clock-token';
import { RetiredNameRepository } from '../persistence/retired-name.repository';
import { nameFreed } from './retired-name-rules';

/** Lets a retired name be used again, on an administrator's word. */
@Injectable()
export class FreeRetiredName {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    @Inject(outboxToken('metadata')) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly names: RetiredNameRepository,
  ) {}

  async execute({
    retiredNameId,
    actor,
  }: RequestOf<typeof metadataContract, 'freeRetiredName'>): Promise<Record<string, never>> {
    await this.database.transaction(async (manager) => {
      const freed = await this.names.free(manager, retiredNameId, this.clock.now());
      if (!freed)
        throw new DomainError('not_found', 'There is no such retired name: it may be free already.');
      await this.outbox.recordAll(manager, [nameFreed(freed)], actor);
    });
    return {};
  }
}
