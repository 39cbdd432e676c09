import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { DomainError, type Clock } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import {
  checkParent,
  findTeamRow,
  getLockedTeam,
  noSuchTeam,
  readTeamName,
  refuseTakenSlug,
  toTeam,
  type TeamRow,
} from '../facts/teams';
import type { Answer, Ask } from '../messages';
import { readOptionalLine } from '../plain-text';

/** Renames a team (its slug follows), describes it, shows or hides it, or hangs it below another team. */
@Injectable()
export class UpdateTeam {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'updateTeam'>): Promise<Answer<'updateTeam'>> {
    const { teamId, actor } = request;
    const team = await this.transaction.run(async (change) => {
      const { manager } = change;
      const before = await getLockedTeam(manager, teamId);
      const after = readChanges(before, request);
      await checkChanges(manager, before, after);
      await manager.query(
        `UPDATE teams SET name = $2, slug = $3, description = $4, privacy = $5, parent_id = $6, updated_at = $7 WHERE id = $1`,
        [
          ...[teamId, after.name, after.slug, after.description, after.privacy, after.parentId],
          this.clock.now(),
        ],
      );
      const { organizationId } = before;
      const ref = { teamId, organizationId, slug: after.slug };
      await change.record(
        authEvents.teamChanged,
        { ...ref, oldSlug: before.slug, parentId: after.parentId },
        actor,
      );
      change.forget(factKey.account(organizationId));
      return findTeamRow(manager, teamId);
    });
    if (!team) throw noSuchTeam();
    return { team: toTeam(team) };
  }
}

type Changes = Pick<TeamRow, 'name' | 'slug' | 'description' | 'privacy' | 'parentId'>;

function readChanges(before: TeamRow, request: Ask<'updateTeam'>): Changes {
  const { name, description, privacy = before.privacy, parentId = before.parentId } = request;
  return {
    ...(name === undefined ? { name: before.name, slug: before.slug } : readTeamName(name)),
    description:
      description === undefined ? before.description : readOptionalLine(description, 'description', 1000),
    privacy,
    parentId,
  };
}

async function checkChanges(manager: EntityManager, before: TeamRow, after: Changes): Promise<void> {
  const { id, organizationId } = before;
  if (after.slug !== before.slug)
    await refuseTakenSlug(manager, { organizationId, slug: after.slug, teamId: id });
  if (after.parentId !== null)
    await checkParent(manager, { id, organizationId, privacy: after.privacy }, after.parentId);
  if (after.privacy === 'secret' && before.privacy !== 'secret') {
    const below = await manager.query<unknown[]>('SELECT 1 FROM teams WHERE parent_id = $1 LIMIT 1', [id]);
    if (below.length > 0)
      throw new DomainError('invalid_request', 'A team with teams below it cannot be secret.');
  }
}
