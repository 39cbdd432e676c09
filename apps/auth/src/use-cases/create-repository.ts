import { Injectable } from '@nestjs/common';
import { authEvents, factKey, type Actor } from '@packhouse/contracts';
import { DomainError, newId, type Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import {
  checkRepositoryName,
  checkRepositoryVisibility,
  getRepositoryRow,
  toRepository,
  type RepositoryRow,
} from '../facts/repositories';
import { makerOf, refuseByPolicy } from '../facts/repository-policy';
import { putTeamRepository } from '../facts/team-repositories';
import { getLockedTeam } from '../facts/teams';
import type { Answer, Ask } from '../messages';
import { readOptionalLine } from '../plain-text';

/** Makes a repository to which packages can be linked. */
@Injectable()
export class CreateRepository {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'createRepository'>): Promise<Answer<'createRepository'>> {
    const { ownerId, name, visibility, teamId, actor } = request;
    checkRepositoryName(name);
    const description = readOptionalLine(request.description, 'description', 1000);
    const repository = await this.transaction.run(async (change) => {
      const { manager } = change;
      const owner = await getAccountRow(manager, ownerId);
      checkRepositoryVisibility(visibility, owner.kind);
      const maker = await makerOf(manager, owner, actor);
      await refuseByPolicy(manager, owner, maker, visibility);
      const team = teamId === null ? null : await getLockedTeam(manager, teamId);
      const now = this.clock.now();
      const id = newId(now.getTime());
      const written = await manager.query<unknown[]>(
        `INSERT INTO repositories (id, owner_id, name, name_key, visibility, description, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (owner_id, name_key) DO NOTHING RETURNING id`,
        [id, ownerId, name, name.toLowerCase(), visibility, description, now],
      );
      if (written.length === 0)
        throw new DomainError('name_taken', `"${owner.login}" already has a repository "${name}".`);
      await change.record(authEvents.repositoryCreated, { repositoryId: id, ownerId, name }, actor);
      const row = await getRepositoryRow(manager, id);
      // Whoever makes it administers it, as on GitHub.
      if (actor && maker === 'member') await makeAdmin(change, row, actor);
      if (team) await putTeamRepository(change, { team, repository: row, role: 'write' }, actor);
      change.forget(factKey.repository(id));
      return row;
    });
    return { repository: toRepository(repository) };
  }
}

async function makeAdmin(
  change: Change,
  { id: repositoryId, ownerId }: RepositoryRow,
  actor: Actor,
): Promise<void> {
  const written = await change.manager.query<unknown[]>(
    `INSERT INTO repository_collaborators (repository_id, account_id, role)
     SELECT $1, id, 'admin' FROM accounts WHERE id = $2 AND kind = 'user' RETURNING role`,
    [repositoryId, actor.accountId],
  );
  if (written.length === 0) return;
  const payload = { repositoryId, ownerId, accountId: actor.accountId, role: 'admin' as const };
  await change.record(authEvents.collaboratorChanged, payload, actor);
  change.forget(factKey.account(actor.accountId));
}
