import { Inject, Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { AuthTransaction } from '../auth-transaction';
import { refuseWhileInheriting } from '../facts/sharing';
import { deleteSubjectGrant, writeSubjectGrant } from '../facts/subject-grants';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

type TeamGrant = Answer<'listTeamGrants'>['grants'][number];

/** Access of teams to packages: their members, and those of the teams below them, have the role (spec P-9). */
@Injectable()
export class TeamGrants {
  constructor(
    private readonly transaction: AuthTransaction,
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
  ) {}

  async list({ packageId }: Ask<'listTeamGrants'>): Promise<Answer<'listTeamGrants'>> {
    const grants = await this.database.query<TeamGrant>(
      `SELECT g.package_id AS "packageId", g.team_id AS "teamId", t.slug, t.name, g.role
       FROM team_grants g JOIN teams t ON t.id = g.team_id WHERE g.package_id = $1 ORDER BY t.slug`,
      [packageId],
    );
    return { grants };
  }

  async set(request: Ask<'setTeamGrant'>): Promise<Answer<'setTeamGrant'>> {
    const { packageId, ownerId, teamId, role, actor } = request;
    refuseWhileInheriting(request);
    await this.transaction.run(async (change) => {
      await writeSubjectGrant(change.manager, 'team', teamId, { packageId, ownerId, role });
      await change.record(authEvents.teamGrantChanged, { packageId, teamId, role }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(ownerId));
    });
    return {};
  }

  async remove(request: Ask<'removeTeamGrant'>): Promise<Answer<'removeTeamGrant'>> {
    const { packageId, teamId, actor } = request;
    refuseWhileInheriting(request);
    await this.transaction.run(async (change) => {
      const gone = await deleteSubjectGrant(change.manager, 'team', teamId, packageId);
      await change.record(authEvents.teamGrantChanged, { packageId, teamId, role: null }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(gone.ownerId));
    });
    return {};
  }
}
