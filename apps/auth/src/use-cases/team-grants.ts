import { Inject, Injectable } from '@nestjs/common';
import { authEvents, factKey } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { refuseFullList, refuseWhileInheriting } from '../facts/sharing';
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
      const { manager } = change;
      await refuseFullList(manager, 'team_grants', packageId, ['team_id', teamId]);
      const written = await manager.query<unknown[]>(
        `INSERT INTO team_grants (package_id, owner_id, team_id, role)
         SELECT $1, $2, id, $4 FROM teams WHERE id = $3 AND organization_id = $2
         ON CONFLICT (package_id, team_id) DO UPDATE SET role = excluded.role, owner_id = excluded.owner_id
         RETURNING role`,
        [packageId, ownerId, teamId, role],
      );
      if (written.length === 0)
        throw new DomainError('not_found', 'The owner of the package has no such team.');
      await change.record(authEvents.teamGrantChanged, { packageId, teamId, role }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(ownerId));
    });
    return {};
  }

  async remove(request: Ask<'removeTeamGrant'>): Promise<Answer<'removeTeamGrant'>> {
    const { packageId, teamId, actor } = request;
    refuseWhileInheriting(request);
    await this.transaction.run(async (change) => {
      const [[gone]] = await change.manager.query<[Array<{ ownerId: string }>, number]>(
        'DELETE FROM team_grants WHERE package_id = $1 AND team_id = $2 RETURNING owner_id AS "ownerId"',
        [packageId, teamId],
      );
      if (!gone) throw new DomainError('not_found', 'This team has no grant on the package.');
      await change.record(authEvents.teamGrantChanged, { packageId, teamId, role: null }, actor);
      change.forget(factKey.packageAccess(packageId), factKey.grants(gone.ownerId));
    });
    return {};
  }
}
