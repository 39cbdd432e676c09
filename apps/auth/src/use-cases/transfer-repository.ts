import { Injectable } from '@nestjs/common';
import { authEvents, type Actor } from '@packhouse/contracts';
import { DomainError, type Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import {
  checkRepositoryName,
  forgetRepository,
  getLockedRepository,
  getRepositoryRow,
  loseWorkflowGrants,
  toRepository,
  type RepositoryRow,
} from '../facts/repositories';
import { makerOf, refuseByPolicy } from '../facts/repository-policy';
import { putTeamRepository } from '../facts/team-repositories';
import { getLockedTeam } from '../facts/teams';
import type { Answer, Ask } from '../messages';
import { refuseTaken } from '../refuse-taken';

/** Moves a repository to another owner (spec P-29). */
@Injectable()
export class TransferRepository {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'transferRepository'>): Promise<Answer<'transferRepository'>> {
    if (request.newName !== null) checkRepositoryName(request.newName);
    const sentence = 'The new owner already has a repository of this name: give another one.';
    const repository = await refuseTaken(sentence, () =>
      this.transaction.run((change) => this.move(change, request)),
    );
    return { repository: toRepository(repository) };
  }

  private async move(change: Change, request: Ask<'transferRepository'>): Promise<RepositoryRow> {
    const { manager } = change;
    const { newOwnerId, actor } = request;
    const teams = [];
    for (const teamId of new Set(request.teamIds)) teams.push(await getLockedTeam(manager, teamId));
    const before = await getLockedRepository(manager, request.repositoryId);
    const owner = await getAccountRow(manager, newOwnerId);
    if (owner.id === before.ownerId)
      throw new DomainError('invalid_request', `The repository belongs to "${owner.login}" already.`);
    const name = request.newName ?? before.name;
    const visibility =
      before.visibility === 'internal' && owner.kind === 'user' ? 'private' : before.visibility;
    await refuseByPolicy(manager, owner, await makerOf(manager, owner, actor), visibility);
    await manager.query(
      'UPDATE repositories SET owner_id = $2, name = $3, name_key = $4, visibility = $5, updated_at = $6 WHERE id = $1',
      [before.id, owner.id, name, name.toLowerCase(), visibility, this.clock.now()],
    );
    await this.moveRoles(change, before, owner.id, actor);
    const after = await getRepositoryRow(manager, before.id);
    for (const team of teams)
      await putTeamRepository(change, { team, repository: after, role: 'read' }, actor);
    const old = { oldName: before.name, oldOwnerId: before.ownerId, oldOwnerLogin: before.ownerLogin };
    await change.record(
      authEvents.repositoryTransferred,
      {
        ...{ repositoryId: before.id, name, ownerId: owner.id, ownerLogin: owner.login, ...old },
        ...{ visibility, oldVisibility: before.visibility },
      },
      actor,
    );
    forgetRepository(change, before);
    forgetRepository(change, after);
    return after;
  }

  /** Teams stay with their organization, workflows lose the packages left behind; collaborators come along. */
  private async moveRoles(
    change: Change,
    before: RepositoryRow,
    newOwnerId: string,
    actor: Actor,
  ): Promise<void> {
    const { manager } = change;
    await manager.query('DELETE FROM repository_teams WHERE repository_id = $1', [before.id]);
    await manager.query('DELETE FROM repository_collaborators WHERE repository_id = $1 AND account_id = $2', [
      before.id,
      newOwnerId,
    ]);
    await loseWorkflowGrants(change, before.id, before.ownerId);
    if (before.ownerKind !== 'user') return;
    await manager.query(
      `INSERT INTO repository_collaborators (repository_id, account_id, role) VALUES ($1, $2, 'write')`,
      [before.id, before.ownerId],
    );
    await change.record(
      authEvents.collaboratorChanged,
      { repositoryId: before.id, ownerId: newOwnerId, accountId: before.ownerId, role: 'write' },
      actor,
    );
  }
}
