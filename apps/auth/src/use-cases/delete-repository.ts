import { Injectable } from '@nestjs/common';
import { AuthTransaction } from '../auth-transaction';
import { getLockedRepository, removeRepository } from '../facts/repositories';
import type { Answer, Ask } from '../messages';

/** Removes a repository. What becomes of packages linked to it is for their service to say, on the event. */
@Injectable()
export class DeleteRepository {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ repositoryId, actor }: Ask<'deleteRepository'>): Promise<Answer<'deleteRepository'>> {
    await this.transaction.run(async (change) => {
      await removeRepository(change, await getLockedRepository(change.manager, repositoryId), actor);
    });
    return {};
  }
}
