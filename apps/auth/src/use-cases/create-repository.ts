import { Injectable } from '@nestjs/common';
import { authEvents } from '@packhouse/contracts';
import { DomainError, newId, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import { findRepositoryNameFault, toRepository } from '../facts/repositories';
import type { Answer, Ask } from '../messages';

/** Makes a repository to which packages can be linked. */
@Injectable()
export class CreateRepository {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({
    ownerId,
    name,
    visibility,
    actor,
  }: Ask<'createRepository'>): Promise<Answer<'createRepository'>> {
    const fault = findRepositoryNameFault(name);
    if (fault) throw new DomainError('invalid_request', fault);
    const repository = await this.transaction.run(async ({ manager, record }) => {
      const owner = await getAccountRow(manager, ownerId);
      if (visibility === 'internal' && owner.kind === 'user') {
        throw new DomainError(
          'invalid_request',
          'Only repositories of organizations can be internal: use private or public.',
        );
      }
      const now = this.clock.now();
      const row = { id: newId(now.getTime()), ownerId, name, visibility, createdAt: now };
      const written = await manager.query<unknown[]>(
        `INSERT INTO repositories (id, owner_id, name, name_key, visibility, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (owner_id, name_key) DO NOTHING RETURNING id`,
        [row.id, ownerId, name, name.toLowerCase(), visibility, now],
      );
      if (written.length === 0)
        throw new DomainError('name_taken', `"${owner.login}" already has a repository "${name}".`);
      await record(authEvents.repositoryCreated, { repositoryId: row.id, ownerId, name }, actor);
      return toRepository(row, owner.login);
    });
    return { repository };
  }
}
