import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { newId, type Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { lockMembers } from '../facts/memberships';
import { putTeamMember } from '../facts/team-members';
import { checkParent, findTeamRow, noSuchTeam, readTeamName, refuseTakenSlug, toTeam } from '../facts/teams';
import type { Answer, Ask } from '../messages';
import { readOptionalLine } from '../plain-text';

/** Makes a team of an organization, below another one if wanted. */
@Injectable()
export class CreateTeam {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'createTeam'>): Promise<Answer<'createTeam'>> {
    const { organizationId, privacy, parentId, actor } = request;
    const { name, slug } = readTeamName(request.name);
    const description = readOptionalLine(request.description, 'description', 1000);
    const team = await this.transaction.run(async (change) => {
      const { manager } = change;
      await lockMembers(manager, organizationId);
      await refuseTakenSlug(manager, { organizationId, slug });
      if (parentId !== null) await checkParent(manager, { id: null, organizationId, privacy }, parentId);
      const now = this.clock.now();
      const id = newId(now.getTime());
      await manager.query(
        `INSERT INTO teams (id, organization_id, parent_id, name, slug, description, privacy, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
        [id, organizationId, parentId, name, slug, description, privacy, now],
      );
      await change.record(authEvents.teamCreated, { teamId: id, organizationId, slug }, actor);
      for (const accountId of new Set(request.maintainerIds))
        await putTeamMember(change, { id, organizationId, slug }, { accountId, role: 'maintainer' }, actor);
      change.forget(factKey.account(organizationId));
      return findTeamRow(manager, id);
    });
    if (!team) throw noSuchTeam();
    return { team: toTeam(team) };
  }
}
