import { Injectable } from '@nestjs/common';
import { authEvents } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import {
  checkRepositoryName,
  checkRepositoryVisibility,
  forgetRepository,
  getLockedRepository,
  getRepositoryRow,
  toRepository,
  type RepositoryRow,
} from '../facts/repositories';
import { makerOf, refuseByPolicy } from '../facts/repository-policy';
import type { Answer, Ask } from '../messages';
import { readOptionalLine } from '../plain-text';
import { refuseTaken } from '../refuse-taken';

/** Renames a repository, describes it, or changes who may see it. */
@Injectable()
export class UpdateRepository {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'updateRepository'>): Promise<Answer<'updateRepository'>> {
    const { name } = request;
    if (name !== undefined) checkRepositoryName(name);
    const sentence = `The owner already has a repository "${name}": choose another name.`;
    const repository = await refuseTaken(sentence, () =>
      this.transaction.run((change) => this.change(change, request)),
    );
    return { repository: toRepository(repository) };
  }

  private async change(change: Change, request: Ask<'updateRepository'>): Promise<RepositoryRow> {
    const { manager } = change;
    const before = await getLockedRepository(manager, request.repositoryId);
    const { name = before.name, visibility = before.visibility } = request;
    if (visibility !== before.visibility) {
      checkRepositoryVisibility(visibility, before.ownerKind);
      const owner = { id: before.ownerId, login: before.ownerLogin, kind: before.ownerKind };
      await refuseByPolicy(manager, owner, await makerOf(manager, owner, request.actor), visibility);
    }
    const description =
      request.description === undefined
        ? before.description
        : readOptionalLine(request.description, 'description', 1000);
    await manager.query(
      `UPDATE repositories SET name = $2, name_key = $3, visibility = $4, description = $5, updated_at = $6 WHERE id = $1`,
      [before.id, name, name.toLowerCase(), visibility, description, this.clock.now()],
    );
    const { id: repositoryId, ownerId } = before;
    if (name !== before.name) {
      const payload = { repositoryId, ownerId, name, oldName: before.name };
      await change.record(authEvents.repositoryRenamed, payload, request.actor);
    }
    if (visibility !== before.visibility || description !== before.description) {
      const payload = { repositoryId, ownerId, name, visibility, oldVisibility: before.visibility };
      await change.record(authEvents.repositoryChanged, payload, request.actor);
    }
    forgetRepository(change, before);
    return getRepositoryRow(manager, before.id);
  }
}
