import { authEvents, type Actor, type RepositoryRole } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { Change } from '../auth-transaction';
import { forgetRepository, type RepositoryRow } from './repositories';
import type { TeamRow } from './teams';

/**
 * Gives a team a role on a repository of its organization. Call with both locked.
 * @throws DomainError `invalid_request` for a team of another organization.
 */
export async function putTeamRepository(
  change: Change,
  given: {
    team: Pick<TeamRow, 'id' | 'organizationId'>;
    repository: Pick<RepositoryRow, 'id' | 'ownerId'>;
    role: RepositoryRole;
  },
  actor: Actor | null,
): Promise<void> {
  const { team, repository, role } = given;
  if (team.organizationId !== repository.ownerId) {
    throw new DomainError(
      'invalid_request',
      'A team has roles on repositories of its own organization only: transfer the repository, or choose another team.',
    );
  }
  const written = await change.manager.query<unknown[]>(
    `INSERT INTO repository_teams AS t (repository_id, team_id, role) VALUES ($1, $2, $3)
     ON CONFLICT (repository_id, team_id) DO UPDATE SET role = EXCLUDED.role WHERE t.role <> EXCLUDED.role RETURNING role`,
    [repository.id, team.id, role],
  );
  if (written.length === 0) return;
  await change.record(
    authEvents.teamRepositoryChanged,
    { teamId: team.id, repositoryId: repository.id, ownerId: repository.ownerId, role },
    actor,
  );
  forgetRepository(change, repository);
}
