import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError, newId, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import {
  checkRepositoryName,
  checkRepositoryVisibility,
  getRepositoryRow,
  toRepository,
} from '../facts/repositories';
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
      if (team) await putTeamRepository(change, { team, repository: row, role: 'write' }, actor);
      change.forget(factKey.repository(id));
      return row;
    });
    return { repository: toRepository(repository) };
  }
}
