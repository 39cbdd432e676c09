import { Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { AuthTransaction } from '../auth-transaction';
import { getLockedTeam } from '../facts/teams';
import type { Answer, Ask } from '../messages';

/** Removes a team and the teams below it, with what they gave to their members. */
@Injectable()
export class DeleteTeam {
  constructor(private readonly transaction: AuthTransaction) {}

  async run({ teamId, actor }: Ask<'deleteTeam'>): Promise<Answer<'deleteTeam'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      const { organizationId } = await getLockedTeam(manager, teamId);
      const gone = await manager.query<Array<{ id: string; slug: string }>>(
        `WITH RECURSIVE below AS (
           SELECT id, slug FROM teams WHERE id = $1
           UNION SELECT t.id, t.slug FROM below JOIN teams t ON t.parent_id = below.id)
         SELECT id, slug FROM below`,
        [teamId],
      );
      await manager.query('DELETE FROM teams WHERE id = $1', [teamId]);
      for (const { id, slug } of gone)
        await change.record(authEvents.teamDeleted, { teamId: id, organizationId, slug }, actor);
      change.forget(factKey.account(organizationId));
    });
    return {};
  }
}
